/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what completes the command line of tcpshake in a shell, from the table of options:
 * generate bash|zsh|fish */
#include <stdio.h>
#include <string.h>

#include "cli/optionhelp.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum values {
    VALUES_NONE, /* takes no argument */
    VALUES_WORDS,
    VALUES_LIST, /* words, commas between */
    VALUES_FILE,
    VALUES_INTERFACE,
    VALUES_ANY,
    VALUES_KINDS,
};

static enum values values_of(const struct option_summary *option)
{
    if (option->argument == NULL)
        return VALUES_NONE;
    if (option->words != NULL)
        return option->list ? VALUES_LIST : VALUES_WORDS;
    if (strcmp(option->argument, "FILE") == 0)
        return VALUES_FILE;
    return strcmp(option->name, "interface") == 0 ? VALUES_INTERFACE : VALUES_ANY;
}

/* Prints text with a backslash before each octet of special, between single quotes that the caller
 * prints; quote is what stands for a single quote inside them. */
static void print_escaped(const char *text, const char *special, const char *quote)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs(quote, stdout);
            continue;
        }
        if (strchr(special, *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

/* bash */

/* The pattern of a case: -c|--count */
static void bash_pattern(const struct option_summary *option)
{
    if (option->letter != 0)
        printf("-%c|", option->letter);
    printf("--%s", option->name);
}

static void bash_case(const struct option_summary *option)
{
    static const char *const actions[VALUES_KINDS] = {
        [VALUES_WORDS] = "_tcpshake_words",
        [VALUES_LIST] = "_tcpshake_list",
        [VALUES_FILE] = "_tcpshake_files",
        [VALUES_INTERFACE] = "_tcpshake_interfaces",
        [VALUES_ANY] = ":",
    };
    enum values values = values_of(option);
    if (values == VALUES_NONE)
        return;
    fputs("    ", stdout);
    bash_pattern(option);
    printf(") %s", actions[values]);
    if (option->words != NULL)
        printf(" '%s'", option->words);
    fputs("; return ;;\n", stdout);
}

static const char bash_head[] =
    "# bash completion for tcpshake, made from its table of options\n"
    "_tcpshake_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_tcpshake_list() {\n"
    "  local before=\n"
    "  [[ $cur == *,* ]] && before=${cur%,*},\n"
    "  mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\")\n"
    "  compopt -o nospace\n"
    "}\n"
    "_tcpshake_files() { mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); compopt -o filenames; "
    "}\n"
    "_tcpshake_interfaces() {\n"
    "  mapfile -t COMPREPLY < <(cd /sys/class/net 2>/dev/null && compgen -W \"$(echo *)\" -- "
    "\"$cur\")\n"
    "}\n"
    "_tcpshake() {\n"
    "  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "  COMPREPLY=()\n"
    "  # bash takes --name=value for three words\n"
    "  if [[ $cur == = ]]; then cur=\n"
    "  elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
    "  case $before in\n";

static void generate_bash(void)
{
    struct option_summary option;
    fputs(bash_head, stdout);
    for (size_t i = 0; options_describe(i, &option); i++)
        bash_case(&option);
    fputs("  esac\n"
          "  if [[ $cur == -* ]]; then\n"
          "    _tcpshake_words '",
          stdout);
    for (size_t i = 0; options_describe(i, &option); i++)
        printf("%s--%s", i == 0 ? "" : " ", option.name);
    fputs("'\n"
          "  else\n"
          "    mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\")\n"
          "  fi\n"
          "}\n"
          "complete -F _tcpshake tcpshake\n",
          stdout);
}

/* zsh: see zshcompsys(1), _arguments */

static void zsh_names(const struct option_summary *option)
{
    const char *equals = option->argument == NULL ? "" : "=";
    if (option->letter == 0) {
        printf("%s'--%s%s", option->repeats ? "'*'" : "", option->name, equals);
        return;
    }
    if (option->repeats)
        fputs("'*'", stdout);
    else
        printf("'(-%c --%s)'", option->letter, option->name);
    printf("{-%c%s,--%s%s}'", option->letter, option->argument == NULL ? "" : "+", option->name,
           equals);
}

static void zsh_values(const struct option_summary *option)
{
    switch (values_of(option)) {
    case VALUES_NONE:
        return;
    case VALUES_WORDS:
        printf(":%s:(%s)", option->argument, option->words);
        return;
    case VALUES_LIST:
        printf(":%s:_values -s , %s %s", option->argument, option->name, option->words);
        return;
    case VALUES_FILE:
        printf(":%s:_files", option->argument);
        return;
    case VALUES_INTERFACE:
        printf(":%s:_net_interfaces", option->argument);
        return;
    default:
        printf(":%s: ", option->argument);
    }
}

static void generate_zsh(void)
{
    struct option_summary option;
    fputs("#compdef tcpshake\n"
          "# zsh completion for tcpshake, made from its table of options\n"
          "_arguments -s -S \\\n",
          stdout);
    for (size_t i = 0; options_describe(i, &option); i++) {
        fputs("  ", stdout);
        zsh_names(&option);
        putchar('[');
        print_escaped(option.help, "[]\\", "'\\''");
        putchar(']');
        zsh_values(&option);
        fputs("' \\\n", stdout);
    }
    fputs("  '*:target:_hosts'\n", stdout);
}

/* fish: see complete(1) */

static void fish_values(const struct option_summary *option)
{
    switch (values_of(option)) {
    case VALUES_WORDS:
        printf(" -x -a '%s'", option->words);
        return;
    case VALUES_LIST:
        printf(" -x -a '(__fish_append , ");
        fputs(option->words, stdout);
        fputs(")'", stdout);
        return;
    case VALUES_FILE:
        fputs(" -r -F", stdout);
        return;
    case VALUES_INTERFACE:
        fputs(" -x -a '(__fish_print_interfaces)'", stdout);
        return;
    case VALUES_ANY:
        fputs(" -x", stdout);
        return;
    default:
        return;
    }
}

static void generate_fish(void)
{
    struct option_summary option;
    fputs("# fish completion for tcpshake, made from its table of options\n"
          "complete -c tcpshake -f -a '(__fish_print_hostnames)'\n",
          stdout);
    for (size_t i = 0; options_describe(i, &option); i++) {
        printf("complete -c tcpshake -l %s", option.name);
        if (option.letter != 0)
            printf(" -s %c", option.letter);
        fish_values(&option);
        fputs(" -d '", stdout);
        print_escaped(option.help, "\\", "\\'");
        fputs("'\n", stdout);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*generate)(void);
    } shells[] = {{"bash", generate_bash}, {"zsh", generate_zsh}, {"fish", generate_fish}};
    for (size_t i = 0; argc == 2 && i < LENGTH(shells); i++)
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].generate();
            return fflush(stdout) != 0 || ferror(stdout);
        }
    fputs("usage: generate bash|zsh|fish\n", stderr);
    return 2;
}
