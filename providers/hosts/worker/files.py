"""How a file gets onto a server: through the standard input of a script, never through a file that others can read.

content -> a temporary file beside the target, for its owner only -> owner and permissions -> one rename.
"""

PUT = """\
set -e
path=$(readlink -m -- {path})
temp=$(mktemp -- "$(dirname -- "$path")/.new-XXXXXXXX")
trap 'rm -f -- "$temp"' EXIT
cat > "$temp"
mode={mode}
if [ -n "$mode" ]; then chmod "$mode" "$temp"
elif [ -e "$path" ]; then chmod --reference="$path" -- "$temp"; chown --reference="$path" -- "$temp"; fi
mv -fT -- "$temp" "$path"
"""
"""Shell script; `path` and `mode` are quoted words. Without a mode a new file is for its owner only (0600), and a file
that is there keeps its owner and permissions."""
