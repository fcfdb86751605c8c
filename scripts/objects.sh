#!/usr/bin/env bash
# The trial of the object store talks to moto, which speaks the S3 API on loopback. It lies in a folder of its own, away from the product's
# packages. Installs it where that is possible; else the trial skips and says so.
set -euo pipefail
[ .tools/objects/done -nt requirements/objects.lock ] && exit 0
"${UV:-.tools/bin/uv}" pip install -q --python .venv/bin/python --target .tools/objects --require-hashes -r requirements/objects.lock \
  && touch .tools/objects/done || echo "没有 moto：对象存储的测试会跳过。" >&2
