#!/usr/bin/env bash
# Builds etcd and kube-apiserver from their Go modules into the user's cache, once per set of inputs, and prints the folder
# that has both as its last line. Needs Go >= 1.26.4 and the Go module proxy; some six minutes on two cores the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

KUBERNETES_MINOR=36
KUBERNETES_VERSION=v1.36.3
GO_NEEDED=1.26.4

needs_go() {
  echo "etcd and kube-apiserver are built from source, which needs Go >= $GO_NEEDED (https://go.dev/dl): $1" >&2
  exit 1
}
command -v go >/dev/null || needs_go "there is no Go on this machine"
version=$(go env GOVERSION)
version=${version#go}
[ "$(printf '%s\n' "$GO_NEEDED" "$version" | sort -V | head -1)" = "$GO_NEEDED" ] || needs_go "this machine has Go $version"

inputs=$(cat "$0" "$here"/{etcd,kube-apiserver}/{go.mod,go.sum,main.go} <(go env GOOS GOARCH GOVERSION) | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/kubernetes-$inputs"

unfinished=
trap 'rm -f "$unfinished"' EXIT
build() { # name linker-flags
  local program="$cache/$1"
  [ ! -x "$program" ] || return 0
  mkdir -p "$cache"
  # A name of its own until it is whole: two builds at once, or one that is killed, leave no half program.
  unfinished=$(mktemp "$cache/$1.XXXXXX")
  (cd "$here/$1" && CGO_ENABLED=0 nice -n 15 go build -mod=readonly -trimpath -o "$unfinished" -ldflags "-s -w $2" .) >&2
  chmod 755 "$unfinished"
  mv "$unfinished" "$program"
}

stamp=k8s.io/component-base/version
build etcd ""
# Without the stamp clients cannot read the server's version.
build kube-apiserver "-X $stamp.gitVersion=$KUBERNETES_VERSION -X $stamp.gitMajor=1 -X $stamp.gitMinor=$KUBERNETES_MINOR -X k8s.io/client-go/pkg/version.gitVersion=$KUBERNETES_VERSION"
echo "$cache"
