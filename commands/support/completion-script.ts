/** Makes completion scripts from the tree of commands. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { firstSentence } from './help-text.ts'

interface Node {
  /** Words after `rhizo`, joined by spaces; empty for the program. */
  words: string
  subcommands: { name: string; summary: string }[]
  options: { flags: string[]; summary: string; takesValue: boolean }[]
}

export function bashScript(program: CommandUnknownOpts): string {
  const nodes = walk(program)
  const cases = nodes.map(({ words, subcommands, options }) => {
    const offered = subcommands.length > 0 ? subcommands.map(({ name }) => name) : []
    return (
      `    ${quoted(words)}) commands=${quoted(offered.join(' '))}; ` +
      `options=${quoted(options.flatMap(({ flags }) => flags).join(' '))} ;;`
    )
  })
  const withValue = [
    ...new Set(nodes.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags))),
  ]
  return `# bash completion for rhizo
_rhizo() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word skip="" commands options
  local at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "$word" in
      ${withValue.join('|')}) skip=1 ;;
      -*) ;;
      *) case "\${path:+$path }$word" in
           ${nodes
             .map(({ words }) => words)
             .filter((words) => words !== '')
             .map(quoted)
             .join('|')}) path="\${path:+$path }$word" ;;
         esac ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$previous" in
    --profile) COMPREPLY=($(compgen -W "$(rhizo profile ls 2>/dev/null | awk '{ print ($1 == "*") ? $2 : $1 }')" -- "$current")); return ;;
    ${withValue.filter((flag) => flag !== '--profile').join('|')}) COMPREPLY=(); return ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
    [[ $current == /* ]] && _rhizo_paths "$current"
    [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
  fi
}
# Paths on the server, which begin with a slash as absolute local ones do.
_rhizo_paths() {
  local folder="\${1%/*}/" name
  while IFS= read -r name; do
    [[ "$folder$name" == "$1"* ]] && COMPREPLY+=("$folder$name")
  done < <(rhizo ls --timeout 2 -- "$folder" 2>/dev/null)
}
complete -o filenames -F _rhizo rhizo
`
}

export function zshScript(program: CommandUnknownOpts): string {
  const functions = walk(program).map(({ words, subcommands, options }) => {
    const specs = options.flatMap(({ flags, summary, takesValue }) =>
      flags.map((flag) => `    ${quoted(`(${flags.join(' ')})${flag}[${zshText(summary)}]${takesValue ? ':value:' : ''}`)}`),
    )
    if (subcommands.length === 0)
      return `${functionName(words)}() {\n  _arguments \\\n${[...specs, `    '*:file:_files'`].join(' \\\n')}\n}`
    const described = subcommands.map(({ name, summary }) => `    ${quoted(`${name}:${zshText(summary)}`)}`).join('\n')
    const dispatch = subcommands.map(({ name }) => `      ${name}) ${functionName(words === '' ? name : `${words} ${name}`)} ;;`).join('\n')
    return `${functionName(words)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${[...specs, `    '1: :->command'`, `    '*:: :->rest'`].join(' \\\n')}
  case $state in
  command)
    local -a commands=(
${described}
    )
    _describe command commands ;;
  rest)
    case $line[1] in
${dispatch}
    esac ;;
  esac
}`
  })
  return `#compdef rhizo
# zsh completion for rhizo
${functions.join('\n')}
# Called as a completion function, or sourced.
if [[ $funcstack[1] == _rhizo ]]; then _rhizo "$@"; else compdef _rhizo rhizo; fi
`
}

export function fishScript(program: CommandUnknownOpts): string {
  const nodes = walk(program)
  const withValue = [
    ...new Set(nodes.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags))),
  ]
  const commands = nodes.map(({ words }) => words).filter((words) => words !== '')
  const lines = nodes.flatMap(({ words, subcommands, options }) => {
    const here = `complete -c rhizo -n ${fishText(`__rhizo_is ${fishText(words)}`)}`
    return [
      ...subcommands.map(({ name, summary }) => `${here} -f -a ${fishText(name)} -d ${fishText(summary)}`),
      ...(subcommands.length === 0 ? [`${here} -a '(__rhizo_paths)'`] : []),
      ...options.map(
        ({ flags, summary, takesValue }) => `${here} ${flags.map(fishFlag).join(' ')}${takesValue ? ' -r' : ''} -d ${fishText(summary)}`,
      ),
    ]
  })
  return `# fish completion for rhizo
# The commands that stand on the line so far, without options and their values.
function __rhizo_command
  set -l path
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${withValue.join(' ')}
      set skip 1
    else if not string match -q -- '-*' $word; and contains -- (string join ' ' $path $word) ${commands.map(fishText).join(' ')}
      set -a path $word
    end
  end
  string join ' ' $path
end
function __rhizo_is
  test (__rhizo_command | string collect) = $argv[1]
end
# Paths on the server, which begin with a slash as absolute local ones do.
function __rhizo_paths
  set -l folder (string match -r '^/.*/|^/' -- (commandline -ct)); or return
  for name in (rhizo ls --timeout 2 -- $folder 2>/dev/null)
    echo $folder$name
  end
end
${lines.join('\n')}
`
}

const fishFlag = (flag: string): string => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)
const fishText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** Every command with its subcommands and options, including the options of all commands. */
function walk(program: CommandUnknownOpts): Node[] {
  const everywhere = program.options
  const visit = (command: CommandUnknownOpts, words: string): Node[] => {
    const own = command === program ? [] : command.options
    const options = [...own, ...everywhere].map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      summary: option.description,
      takesValue: option.required || option.optional,
    }))
    const help = { flags: ['-h', '--help'], summary: 'explain the command', takesValue: false }
    const subcommands = command.commands.map((child) => ({
      name: child.name(),
      summary: child.summary() === '' ? firstSentence(child.description()) : child.summary(),
    }))
    return [
      { words, subcommands, options: [...options, help] },
      ...command.commands.flatMap((child) => visit(child, words === '' ? child.name() : `${words} ${child.name()}`)),
    ]
  }
  return visit(program, '')
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
/** Escapes colons and brackets, which have a meaning in zsh's descriptions. */
const zshText = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&')
const functionName = (words: string): string => (words === '' ? '_rhizo' : `_rhizo_${words.replace(/[^a-z]/g, '_')}`)
