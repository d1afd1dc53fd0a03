// SPDX-License-Identifier: Apache-2.0
#include "cli/completion_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace rap::cli {
namespace {

/// Values of the flags that take one of a few words.
std::vector<std::string> words_of(const std::string& flag) {
  if (flag == "consent") return {"given", "refused", "not-asked"};
  if (flag == "scope") return {"read", "write", "admin"};
  if (flag == "type") return {"keep", "F16", "Q8_0", "Q4_K"};
  return {};
}

void add_flags(const CLI::App& app, std::vector<CompletionFlag>& flags) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    const bool known = std::any_of(flags.begin(), flags.end(), [&](const auto& flag) { return flag.name == name; });
    if (!known)
      flags.push_back({name, option->get_description(), option->get_items_expected_max() > 0, words_of(name)});
  }
}

CompletionVerb verb_tree(const CLI::App& app, const CLI::App& root, std::vector<std::string> path) {
  path.push_back(app.get_name());
  CompletionVerb verb{path, app.get_description(), {}, {}};
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; }))
    verb.verbs.push_back(verb_tree(*child, root, path));
  add_flags(app, verb.flags);
  add_flags(root, verb.flags);
  return verb;
}

void for_each_verb(const CompletionVerb& verb, const std::function<void(const CompletionVerb&)>& visit) {
  visit(verb);
  for (const CompletionVerb& child : verb.verbs) for_each_verb(child, visit);
}

std::string path_text(const CompletionVerb& verb) { return fmt::format("{}", fmt::join(verb.path, " ")); }

std::vector<std::string> verb_names(const CompletionVerb& verb) {
  std::vector<std::string> names;
  for (const CompletionVerb& child : verb.verbs) names.push_back(child.path.back());
  return names;
}

std::vector<std::string> flag_names(const CompletionVerb& verb) {
  std::vector<std::string> names;
  for (const CompletionFlag& flag : verb.flags) names.push_back("--" + flag.name);
  return names;
}

/// All flags of all verbs that `wanted` picks, as "--a|--b" for a case pattern.
std::string flag_pattern(const CompletionVerb& root, const std::function<bool(const CompletionFlag&)>& wanted) {
  std::set<std::string> names;
  for_each_verb(root, [&](const CompletionVerb& verb) {
    for (const CompletionFlag& flag : verb.flags)
      if (wanted(flag)) names.insert("--" + flag.name);
  });
  return fmt::format("{}", fmt::join(names, "|"));
}

std::string value_flags(const CompletionVerb& root) {
  return flag_pattern(root, [](const CompletionFlag& flag) { return flag.takes_value; });
}

/// The body of a case statement: for each verb's path its verbs and flags. Same in bash and zsh.
std::string case_arms(const CompletionVerb& root) {
  std::string arms;
  for_each_verb(root, [&](const CompletionVerb& verb) {
    arms += fmt::format("    '{}') verbs='{}'; flags='{}' ;;\n", path_text(verb), fmt::join(verb_names(verb), " "),
                        fmt::join(flag_names(verb), " "));
  });
  return arms;
}

/// The patterns of all paths but the root's, for a case statement that follows the words.
std::string path_patterns(const CompletionVerb& root) {
  std::vector<std::string> paths;
  for_each_verb(root, [&](const CompletionVerb& verb) {
    if (verb.path.size() > 1) paths.push_back("'" + path_text(verb) + "'");
  });
  return fmt::format("{}", fmt::join(paths, "|"));
}

/// The lines that find the values of a flag with fixed words, as case arms.
std::string word_arms(const CompletionVerb& root) {
  std::set<std::string> arms;
  for_each_verb(root, [&](const CompletionVerb& verb) {
    for (const CompletionFlag& flag : verb.flags)
      if (!flag.words.empty())
        arms.insert(fmt::format("    --{}) words='{}' ;;\n", flag.name, fmt::join(flag.words, " ")));
  });
  return fmt::format("{}", fmt::join(arms, ""));
}

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::string fill(std::string text, const CompletionVerb& root) {
  text = replace_all(std::move(text), "@PATHS@", path_patterns(root));
  text = replace_all(std::move(text), "@VALUE_FLAGS@", value_flags(root));
  text = replace_all(std::move(text), "@WORD_ARMS@", word_arms(root));
  return replace_all(std::move(text), "@ARMS@", case_arms(root));
}

constexpr const char* kBash = R"(# bash completion of rap. Use it with:  source <(rap completion bash)
_rap() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local path=rap verbs='' flags='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      @VALUE_FLAGS@) ((i++)); continue ;;
    esac
    case "$path ${COMP_WORDS[i]}" in
      @PATHS@) path="$path ${COMP_WORDS[i]}" ;;
    esac
  done
  case $path in
@ARMS@  esac
  case $previous in
@WORD_ARMS@    @VALUE_FLAGS@) COMPREPLY=(); return ;;
  esac
  [[ -z $words && $current == -* ]] && words=$flags
  [[ -z $words ]] && words=$verbs
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _rap rap
)";

constexpr const char* kZsh = R"(#compdef rap
# zsh completion of rap. Use it with:  source <(rap completion zsh)
_rap() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]}
  local path_so_far=rap verbs='' flags='' choices='' i
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      @VALUE_FLAGS@) ((i++)); continue ;;
    esac
    case "$path_so_far ${words[i]}" in
      @PATHS@) path_so_far="$path_so_far ${words[i]}" ;;
    esac
  done
  case $path_so_far in
@ARMS@  esac
  case $previous in
@WORD_ARMS@    @VALUE_FLAGS@) _files; return ;;
  esac
  [[ -z $choices && $current == -* ]] && choices=$flags
  [[ -z $choices ]] && choices=$verbs
  if [[ -n $choices ]]; then compadd -- ${=choices}; else _files; fi
}
if [[ ${funcstack[1]} == _rap ]]; then _rap "$@"; else compdef _rap rap; fi
)";

constexpr const char* kFishHead = R"(# fish completion of rap. Use it with:  rap completion fish | source
function __rap_path
  set -l path rap
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case @VALUE_FLAGS@
        set skip 1
        continue
    end
    switch "$path $word"
      case @PATHS@
        set path "$path $word"
    end
  end
  echo $path
end
function __rap_at
  test (__rap_path) = "$argv"
end
)";

std::string fish_quoted(const std::string& text) {
  return "'" + replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_flag(const std::string& at, const CompletionFlag& flag) {
  std::string line =
      fmt::format("complete -c rap -n {} -l {} -d {}", fish_quoted(at), flag.name, fish_quoted(flag.help));
  if (!flag.words.empty())
    return line + fmt::format(" -x -a {}\n", fish_quoted(fmt::format("{}", fmt::join(flag.words, " "))));
  return line + (flag.takes_value ? " -r\n" : "\n");
}

}  // namespace

CompletionVerb completion_tree(const CLI::App& root) { return verb_tree(root, root, {}); }

std::string bash_completion(const CompletionVerb& root) { return fill(kBash, root); }

std::string zsh_completion(const CompletionVerb& root) {
  return replace_all(fill(kZsh, root), " words='", " choices='");
}

std::string fish_completion(const CompletionVerb& root) {
  std::string script = replace_all(kFishHead, "@VALUE_FLAGS@", replace_all(value_flags(root), "|", " "));
  script = replace_all(std::move(script), "@PATHS@", replace_all(path_patterns(root), "|", " "));
  for_each_verb(root, [&](const CompletionVerb& verb) {
    const std::string at = "__rap_at " + path_text(verb);
    for (const CompletionVerb& child : verb.verbs)
      script += fmt::format("complete -c rap -f -n {} -a {} -d {}\n", fish_quoted(at), child.path.back(),
                            fish_quoted(child.help));
    for (const CompletionFlag& flag : verb.flags) script += fish_flag(at, flag);
  });
  return script;
}

}  // namespace rap::cli
