#!/usr/bin/env bash
# Brings up a Docker daemon with the image python:3.13-slim, for a run of continuous integration on a machine that has none:
#
#   scripts/docker-daemon.sh FOLDER       keeps everything in FOLDER; end the daemon by its process id in FOLDER/pid
#
# It installs Debian packages, so it's for machines that are thrown away: nothing but .ci/run calls it. It needs root and apt. The
# daemon makes no networks and changes no firewall; containers have the host's network. Where no registry is reached, the base
# image is made of Debian packages; it has this machine's certificates, and is never to be published.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
image=python:3.13-slim
export DOCKER_HOST=unix://$folder/docker.sock

install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "needs root and apt to install $*" >&2; exit 1; }
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

answers() { docker version >/dev/null 2>&1; }

start() {
  rm -f "$folder/pid"
  nohup dockerd --iptables=false --ip6tables=false --bridge=none -H "$DOCKER_HOST" --pidfile "$folder/pid" \
    --data-root "$folder/data" --exec-root "$folder/exec" >"$folder/dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 100); do answers && return; sleep 0.2; done
  tail -n 5 "$folder/dockerd.log" >&2
  exit 1
}

make_base() {
  command -v mmdebstrap >/dev/null || install mmdebstrap
  mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
    --customize-hook='chroot "$1" python3 -m venv --copies /usr/local' \
    --customize-hook='cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"' trixie - | docker import - "$image"
}

command -v dockerd >/dev/null || install docker.io
# The client that came with the daemon: another one on PATH may lack what builds images.
mkdir -p "$folder/bin" && ln -sf "$(dirname "$(command -v dockerd)")/../bin/docker" "$folder/bin/docker"
PATH=$folder/bin:$PATH
answers || start
docker image inspect "$image" >/dev/null 2>&1 || timeout 60 docker pull --quiet "$image" 2>/dev/null || make_base
