import type { CommandLine } from "./command-lines.ts";

export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** A script that teaches a shell the commands and their options; where a file may stand it completes files. */
export function completions(shell: Shell, lines: readonly CommandLine[]): string {
  return scripts[shell](lines);
}

const scripts: Readonly<Record<Shell, (lines: readonly CommandLine[]) => string>> = { bash, zsh, fish, powershell };

/** Words that may follow `words`, with what each does. */
function next(lines: readonly CommandLine[], words: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const isBelow = line.words.length > words.length && words.every((word, at) => line.words[at] === word);
    const word = line.words[words.length];
    if (!isBelow || word === undefined) continue;
    // Of several below one word, none speaks for all.
    found.set(word, line.words.length === words.length + 1 ? line.summary : (found.get(word) ?? ""));
  }
  return found;
}

/** The longest first, so that the first that fits is the right one; the search, which fits anything, last. */
function byLength(lines: readonly CommandLine[]): CommandLine[] {
  return lines.toSorted((a, b) => b.words.length - a.words.length);
}

function bash(lines: readonly CommandLine[]): string {
  const cases = byLength(lines).map(({ words, options }) => {
    const names = options.flatMap((option) => option.names).join(" ");
    const pattern = words.length === 0 ? "*" : `" ${words.join(" ")} "*`;
    return `    ${pattern}) options="${names}" ;;`;
  });
  const below = firstWords(lines).map((word) => {
    const pattern = word === "" ? '" "' : `" ${word} "`;
    return `    ${pattern}) commands="${[...next(lines, word === "" ? [] : [word]).keys()].join(" ")}" ;;`;
  });
  return `# clipfind completions for bash: eval "$(clipfind completions bash)" in ~/.bashrc
_clipfind() {
  local current="\${COMP_WORDS[COMP_CWORD]}" said=" " word options="" commands=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || said+="$word "
  done
  case "$said" in
${cases.join("\n")}
  esac
  case "$said" in
${below.join("\n")}
  esac
  [[ $current == -* ]] || options=""
  COMPREPLY=($(compgen -W "$options $commands" -- "$current"))
}
complete -o bashdefault -o default -F _clipfind clipfind
`;
}

/** The words that others may follow, and none. */
function firstWords(lines: readonly CommandLine[]): string[] {
  return [
    "",
    ...new Set(lines.flatMap(({ words: [first, second] }) => (second === undefined ? [] : [first as string]))),
  ];
}

function zsh(lines: readonly CommandLine[]): string {
  const described = (name: string, about: string): string => quoted(`${name}:${about.replaceAll(":", "\\:")}`);
  const cases = byLength(lines).map(({ words, options }) => {
    const all = options.flatMap(({ names, description }) => names.map((name) => described(name, description)));
    return `    ${words.length === 0 ? "*" : `"${words.join(" ")} "*`}) options=(${all.join(" ")}) ;;`;
  });
  const below = firstWords(lines).map((word) => {
    const all = [...next(lines, word === "" ? [] : [word])].map(([name, about]) => described(name, about));
    return `    "${word === "" ? "" : `${word} `}") commands=(${all.join(" ")}) ;;`;
  });
  return `#compdef clipfind
# clipfind completions for zsh: clipfind completions zsh > "\${fpath[1]}/_clipfind"
_clipfind() {
  local -a options commands said
  said=(\${\${(@)words[2,CURRENT-1]}:#-*})
  local before="\${(j: :)said}\${said:+ }"
  case "$before" in
${cases.join("\n")}
  esac
  case "$before" in
${below.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  else
    (( \${#commands} )) && _describe command commands
    _files
  fi
}
if [ "\${funcstack[1]}" = "_clipfind" ]; then _clipfind "$@"; else compdef _clipfind clipfind; fi
`;
}

/** In single quotes of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fish(lines: readonly CommandLine[]): string {
  const escaped = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const commands = firstWords(lines).flatMap((word) =>
    [...next(lines, word === "" ? [] : [word])].map(
      ([name, about]) =>
        `complete -c clipfind -n '__clipfind_said${word === "" ? "" : ` ${word}`}' -a ${name} -d ${escaped(about)}`,
    ),
  );
  const options = lines.flatMap(({ words, options: all }) =>
    all.map(({ names, value, description }) => {
      const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      const test = words.length === 0 ? "__clipfind_searches" : `__clipfind_begins ${words.join(" ")}`;
      return `complete -c clipfind -n '${test}' ${flags.join(" ")}${value === undefined ? "" : " -r"} -d ${escaped(description)}`;
    }),
  );
  const firsts = [...next(lines, []).keys()].join(" ");
  return `# clipfind completions for fish: clipfind completions fish > ~/.config/fish/completions/clipfind.fish
function __clipfind_words
  string match -v -- '-*' (commandline -opc)[2..-1]
end
function __clipfind_said
  test "$(__clipfind_words)" = "$argv"
end
function __clipfind_begins
  set -l said (__clipfind_words)
  test (count $said) -ge (count $argv); and test "$said[1..$(count $argv)]" = "$argv"
end
function __clipfind_searches
  set -l said (__clipfind_words)
  test (count $said) -eq 0; or not contains -- $said[1] ${firsts}; or test "$said[1]" = search
end
${[...commands, ...options].join("\n")}
`;
}

function powershell(lines: readonly CommandLine[]): string {
  const string = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const entry = (name: string, about: string): string => `@(${string(name)}, ${string(about === "" ? name : about)})`;
  const cases = byLength(lines).map(({ words, options }) => {
    const all = options.flatMap(({ names, description }) => names.map((name) => entry(name, description)));
    return `    @{ Words = ${string(words.map((word) => `${word} `).join(""))}; Options = @(${all.join(", ")}) }`;
  });
  const below = firstWords(lines).map((word) => {
    const all = [...next(lines, word === "" ? [] : [word])].map(([name, about]) => entry(name, about));
    return `    ${string(word === "" ? "" : `${word} `)} = @(${all.join(", ")})`;
  });
  return `# clipfind completions for PowerShell: clipfind completions powershell | Out-String | Invoke-Expression in $PROFILE
Register-ArgumentCompleter -Native -CommandName clipfind -ScriptBlock {
  param($current, $line, $cursor)
  $lines = @(
${cases.join(",\n")}
  )
  $commands = @{
${below.join("\n")}
  }
  $said = ''
  foreach ($element in @($line.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -lt $cursor -and -not "$element".StartsWith('-')) { $said += "$element " }
  }
  $found = @()
  if ("$current".StartsWith('-')) {
    $found = ($lines | Where-Object { $said.StartsWith($_.Words) } | Select-Object -First 1).Options
  } elseif ($commands.ContainsKey($said)) { $found = $commands[$said] }
  $found | Where-Object { $_[0].StartsWith($current) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}
