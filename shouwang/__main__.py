from shouwang.front.commands.console import main

main()
