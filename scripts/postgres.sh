#!/usr/bin/env bash
# The PostgreSQL lane of the long proofs needs a server's binaries. Installs them where that is possible; else the lane skips and says so.
set -euo pipefail
if command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # No cluster of its own: the tests make theirs in an empty folder and remove it.
  mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends postgresql >/dev/null && exit 0
fi
echo "没有 PostgreSQL：它的测试会跳过。安装：apt-get install postgresql" >&2
