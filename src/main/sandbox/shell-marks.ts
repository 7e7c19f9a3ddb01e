/**
 * How shells are brought to say where a prompt begins, a command starts, and how it ended (OSC 133, the marks that terminals know).
 * Nothing of the person's own files is changed, and a shell that does not go along works as ever.
 */

/** bash takes these from its environment, unless its own files set them. The code comes first: what follows would change it. */
const BASH = String.raw`export PROMPT_COMMAND='printf "\033]133;D;%s\007\033]133;A\007" "$?"' PS0='\e]133;C\a'`

/**
 * zsh reads `.zshenv` of the folder `ZDOTDIR` before anything else: ours gives the variable back, reads the person's own, and adds to
 * what is called around a command.
 */
const ZSHENV = String.raw`rm -r -- "$ZDOTDIR"
if [[ -n "$FOUNDRY_ZDOTDIR" ]]; then ZDOTDIR="$FOUNDRY_ZDOTDIR"; else unset ZDOTDIR; fi
unset FOUNDRY_ZDOTDIR
_foundry_env="$ZDOTDIR"; [[ -n "$_foundry_env" ]] || _foundry_env="$HOME"
if [[ -f "$_foundry_env/.zshenv" ]]; then source "$_foundry_env/.zshenv"; fi
unset _foundry_env
if [[ -o interactive ]]; then
  _foundry_prompt() { printf '\033]133;D;%s\007\033]133;A\007' "$?" }
  _foundry_command() { printf '\033]133;C\007' }
  precmd_functions=(_foundry_prompt $precmd_functions)
  preexec_functions+=(_foundry_command)
fi`

/** fish runs this after the person's own files. Newer ones say the same by themselves; twice is as well as once. */
const FISH = String.raw`set -- -C 'function _foundry_command --on-event fish_preexec; printf "\e]133;C\a"; end
function _foundry_end --on-event fish_postexec; printf "\e]133;D;%s\a" $status; end
function _foundry_prompt --on-event fish_prompt; printf "\e]133;A\a"; end'`

/** A part of a shell script: prepares what the shell in `$shell` is to find when it begins, and what it is called with. */
export const PREPARE_MARKS = `case "\${shell##*/}" in bash) ${BASH};; zsh) marks=$(mktemp -d) && printf %s "$FOUNDRY_ZSHENV" >"$marks/.zshenv" && export FOUNDRY_ZDOTDIR="$ZDOTDIR" ZDOTDIR="$marks";; fish) ${FISH};; esac; unset FOUNDRY_ZSHENV`

/** What that part finds in its environment. */
export const marksEnvironment = { FOUNDRY_ZSHENV: ZSHENV }
