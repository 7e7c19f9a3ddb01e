/**
 * What is asked of the files of a checkout that git has no command for. A path comes as its folder and its name, so that
 * links on the way are followed before anything else, and none leads out of the checkout or into what git keeps of it.
 */

/** Goes into the folder `$1`, or says why not and ends. */
const ENTER = String.raw`
top=$(pwd -P; echo /) && top=${'${top%??}'}
if ! cd -P "./$1" 2>/dev/null; then
  if [ -d "./$1" ]; then echo unreadable; else echo missing; fi
  exit 0
fi
here=$(pwd -P; echo /) && here=${'${here%??}'}
case "$here/" in
  "$top"/.git/* | "$top"/*/.git/*) echo outside; exit 0 ;;
  "$top"/*) ;;
  *) echo outside; exit 0 ;;
esac
`

/** What is at `$2` in the folder `$1`: a word, and what goes with it. */
export const LOOK = String.raw`${ENTER}
if [ -L "./$2" ]; then echo link; readlink "./$2"
elif [ -d "./$2" ]; then if [ -e "./$2/.git" ]; then echo submodule; else echo folder; fi
elif [ -f "./$2" ]; then
  if [ ! -r "./$2" ]; then echo unreadable; exit 0; fi
  size=$(wc -c <"./$2") || exit 1
  mode=r
  if [ -w "./$2" ]; then mode=rw; fi
  if [ -x "./$2" ]; then mode="$mode"x; fi
  echo file "$((size))" "$mode"
elif [ -e "./$2" ]; then echo other
else echo missing
fi
`

/** What is in the folder `$1`: names of folders, links, files, others, repositories and of what git ignores, part by part. */
export const LIST = String.raw`${ENTER}
echo folder
find . -mindepth 1 -maxdepth 1 -type d ! -name .git -print0; printf '\0'
find . -mindepth 1 -maxdepth 1 -type l ! -name .git -print0; printf '\0'
find . -mindepth 1 -maxdepth 1 -type f ! -name .git -print0; printf '\0'
find . -mindepth 1 -maxdepth 1 ! -type d ! -type l ! -type f ! -name .git -print0; printf '\0'
find . -mindepth 2 -maxdepth 2 -name .git -print0 2>/dev/null; printf '\0'
find . -mindepth 1 -maxdepth 1 -print0 | git check-ignore -z --stdin; printf '\0'
`

/**
 * Puts the file `$4` in place of `$2` in the folder `$1`, if that holds what `$3` does; with an empty `$3`, if nothing is
 * there. It becomes the new one at once and keeps what it may be used for. `$5` is a name to do that under.
 */
export const REPLACE = String.raw`${ENTER}
if [ -z "$3" ]; then
  if [ -e "./$2" ] || [ -L "./$2" ]; then echo changed; exit 0; fi
  set -C
  cat -- "$4" >"./$2" || exit 1
  echo written
  exit 0
fi
if [ -L "./$2" ] || [ ! -f "./$2" ]; then echo changed; exit 0; fi
if [ ! -w "./$2" ]; then echo locked; exit 0; fi
if ! cmp -s -- "$3" "./$2"; then echo changed; exit 0; fi
cp -p -- "./$2" "$5" && cat -- "$4" >"$5" && mv -f -- "$5" "./$2" || exit 1
echo written
`

/**
 * Runs git with what follows `$3`, and hands out `$3` lines of what it prints from the line `$2` on. `$1` names a file for
 * the number of its process: see `STOP`. All that git prints is in `$1.found` at once, where `FOUND` reads it: `tail` and
 * `head` keep it to themselves until they have much. It may be run twice under one name, in another way of searching.
 */
export const SEARCH = String.raw`
number=$1 from=$2 count=$3
shift 3
rm -f "$number.done"
{
  git "$@" &
  echo "$!" >"$number"
  if [ -e "$number.stop" ]; then kill "$!"; fi
  wait "$!"
  echo "git ended with $?" >&2
} | tee "$number.found" 2>/dev/null | tail -n "+$from" | head -n "$count" | head -c 1000000
: >"$number.done"
`

/**
 * Hands out what `SEARCH` has found: lines from the line `$2` on, at most `$3`, as soon as there are any that are whole.
 * Ends without a word once the search has ended, and after some seconds, for a search may end without a word itself. Waits
 * a moment before it looks: what is found meanwhile comes at once.
 */
export const FOUND = String.raw`
found=$1.found done=$1.done
cut() { tail -n "+$1" "$found" 2>/dev/null | head -n "$2" | head -c 1000000; }
size=0 times=0
while [ "$times" -lt 50 ]; do
  sleep 0.1 2>/dev/null || sleep 1
  if [ -e "$done" ]; then exit 0; fi
  times=$((times + 1))
  now=$(wc -c <"$found" 2>/dev/null)
  if [ "$((now))" -gt "$size" ]; then
    size=$now
    if [ "$(cut "$2" "$3" | wc -l)" -gt 0 ]; then cut "$2" "$3"; exit 0; fi
  fi
done
`

/** Ends what `SEARCH` runs, or is about to run. */
export const STOP = String.raw`
: >"$1.stop"
if [ -s "$1" ]; then kill "$(cat "$1")" 2>/dev/null; fi
exit 0
`
