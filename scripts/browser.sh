#!/usr/bin/env bash
# Browser stories need Debian's chromium and a Chinese font. Installs them where that is possible; else the stories skip and say so.
set -euo pipefail
if command -v chromium >/dev/null && fc-list :lang=zh 2>/dev/null | grep -q .; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null && exit 0
fi
echo "没有 chromium 或中文字体：浏览器测试会跳过。安装：apt-get install chromium fonts-noto-cjk" >&2
