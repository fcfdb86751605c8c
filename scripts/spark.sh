#!/usr/bin/env bash
# The Spark lane of the long proofs needs pyspark (480 MB, pinned by hash) and Java. Installs them where that is possible; else the lane skips
# and says so.
set -euo pipefail
"${UV:-.tools/bin/uv}" pip install -q --python .venv/bin/python --require-hashes -r requirements/spark.lock \
  || { echo "没有 pyspark：Spark 的测试会跳过。" >&2; exit 0; }
if command -v java >/dev/null || [ -x "${JAVA_HOME:-/nonexistent}/bin/java" ]; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null && exit 0
fi
echo "没有 Java：Spark 的测试会跳过。安装：apt-get install default-jre-headless" >&2
