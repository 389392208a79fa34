#!/usr/bin/env bash
# Builds kubectl from its Go module into the user's cache, once per set of inputs, and prints the path of the program
# as its last line. Needs Go >= 1.26 and the Go module proxy; about two minutes the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

KUBERNETES_MINOR=36
KUBERNETES_VERSION=v1.36.3

command -v go >/dev/null || {
  echo "kubectl is built from source: install Go 1.26 or newer (https://go.dev/dl) and try again" >&2
  exit 1
}

inputs=$(cat "$0" "$here"/go/{go.mod,go.sum,main.go} <(go env GOOS GOARCH GOVERSION) | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/kubectl-$inputs"
program="$cache/kubectl"

if [ ! -x "$program" ]; then
  mkdir -p "$cache"
  # A name of its own until it is whole: two builds at once, or one that is killed, leave no half program.
  unfinished=$(mktemp "$cache/kubectl.XXXXXX")
  trap 'rm -f "$unfinished"' EXIT
  stamp=k8s.io/component-base/version
  (cd "$here/go" && CGO_ENABLED=0 nice -n 15 go build -mod=readonly -trimpath -o "$unfinished" -ldflags \
    "-s -w -X $stamp.gitVersion=$KUBERNETES_VERSION -X $stamp.gitMajor=1 -X $stamp.gitMinor=$KUBERNETES_MINOR -X k8s.io/client-go/pkg/version.gitVersion=$KUBERNETES_VERSION" .) >&2
  chmod 755 "$unfinished"
  mv "$unfinished" "$program"
fi
echo "$program"
