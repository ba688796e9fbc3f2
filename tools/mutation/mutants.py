"""Makes mutants: copies of a source file in which one place is broken.

A mutant is named by its file and by what was done to which text, without line numbers, so that a
table of survivors stays valid when the file changes elsewhere.
"""
import dataclasses
import re

# Pairs of a pattern and its replacement. Each occurrence of a pattern, which is a whole token, makes one
# mutant.
REPLACED = [(r"std::min\b", "std::max"), (r"std::max\b", "std::min"),
            (r">=", ">"), (r">=", "<"), (r"<=", "<"), (r" < ", " <= "), (r" > ", " >= "),
            (r"==", "!="), (r"!=", "=="), (r" \+ ", " - "), (r" - ", " + "),
            (r" && ", " || "), (r" \|\| ", " && "), (r" \|= ", " = "), (r" &= ", " = "),
            (r" \+= ", " -= "), (r" -= ", " += "), (r"\+\+", "--"), (r"(?<!-)--(?!-)", "++"),
            (r"\+ 1\b", "+ 2"), (r"\+ 1\b", "+ 0"), (r"- 1\b", "- 0"), (r"\(-(?=\w)", "("),
            (r"!(?=[\w(])", ""), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
            (r"\b0(?![\w.'])", "1"), (r"(?<![\w.'+] )\b1(?![\w.'])", "2"),
            (r"\bany_of\b", "all_of"), (r"\ball_of\b", "any_of"), (r"\bnone_of\b", "any_of"),
            (r"\blower_bound\b", "upper_bound"), (r"\bupper_bound\b", "lower_bound")]

# Lines that declare something: without them nothing compiles, or nothing changes.
DECLARATION = re.compile(
    r"((const |static |constexpr |mutable )*[\w:<>,\s\*&]+ [\w\[\]]+( = (0|\w+::\w+|\w+|\{\})|\{[^}]*\})?"
    r"|.* = (delete|default)"
    r"|(\[\[nodiscard\]\] |virtual |explicit |static |friend )*[\w:<>,\*&\s]+ ~?\w+\(.*\)"
    r"( const)?( noexcept)?( override)?( = 0)?"
    r"|(using|typedef|friend|static_assert|template|namespace|public|private)\b.*);$")
# A variable with its value: what uses it would not compile without it.
VARIABLE = re.compile(r"(?!return\b|delete\b|throw\b)(const |static |constexpr )*[\w:<>,\s*&]+[\s*&]"
                      r"(\w+|\[[^\]]*\])( = .*|\{.*\}|\(.*\))?;$")
NOT_CODE = re.compile(r"^(struct|class|template|using|enum|namespace|static_assert|SIM_ASSERT"
                      r"|public:|private:|case |default:|\};)")


# What opens the body of a class or a list of enumerators, or stands in one.
CLASS = re.compile(r"(class|struct|union|enum)\b|(public|protected|private):")


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str
    line: int  # from 1
    what: str
    number: int  # which of the mutants of this file with the same `what`, from 1
    text: str  # the whole file

    @property
    def name(self):
        """How a table of survivors names it."""
        suffix = f" (no. {self.number})" if self.number > 1 else ""
        return f"{self.file}: {self.what}{suffix}"


def without_comments(lines):
    """The lines with comments and the contents of string literals blanked, columns kept."""
    blanked = []
    for line in lines:
        line = re.sub(r'"(?:\\.|[^"\\])*"', lambda m: '"' + " " * (len(m[0]) - 2) + '"', line)
        blanked.append(re.sub(r"//.*", lambda m: " " * len(m[0]), line))
    return blanked


def statements(lines):
    """(first, last) line of each statement: to its ; or { or }, with its brackets closed."""
    first, depth = None, 0
    for number, line in enumerate(lines):
        code = line.rstrip()
        if not code.strip() or code.startswith(("#", "namespace", "}")):
            continue
        first = number if first is None else first
        depth += code.count("(") - code.count(")") + code.count("[") - code.count("]")
        if depth <= 0 and code.endswith((";", "{", "}", ":")):
            yield first, number
            first, depth = None, 0


def indent_of(line):
    return len(line) - len(line.lstrip())


def enclosing(lines, number):
    """The number of the line that encloses a line: the nearest above it that is indented less. None if
    no line encloses it."""
    return next((at for at in range(number - 1, -1, -1)
                 if lines[at].strip() and not lines[at].startswith("#") and
                 indent_of(lines[at]) < indent_of(lines[number])), None)


def is_in_class(lines, number):
    """Whether a line stands directly in the body of a class, not in one of its functions."""
    outer = enclosing(lines, number)
    return outer is not None and bool(CLASS.match(lines[outer].strip()))


def is_in_template(lines, number):
    """Whether a line belongs to a template, or to a function in one."""
    at = number
    while at is not None:
        if at > 0 and lines[at - 1].strip().startswith("template"):
            return True
        at = enclosing(lines, at)
    return False


def mutants(file, text, replaced=tuple(REPLACED), declaration=DECLARATION, templates=True):
    """The mutants of a file, in the order of their places. The same text gives the same list. Those of
    templates are left out if `templates` is false."""
    lines = text.splitlines()
    blanked = without_comments(lines)
    found, count = [], {}

    def add(what, first, last, new):
        changed = lines[:first] + new + lines[last + 1:]
        count[what] = count.get(what, 0) + 1
        found.append(Mutant(file, first + 1, what, count[what], "\n".join(changed) + "\n"))

    previous = None
    for first, last in statements(blanked):
        old = lines[first:last + 1]
        joined = " ".join(line.strip() for line in blanked[first:last + 1])
        shown = " ".join(re.sub(r"\s*//.*", "", line).strip() for line in old)
        indent = len(old[0]) - len(old[0].lstrip())
        # Without a declaration in a class the file may compile, but no statement is missing.
        is_member = joined.endswith(";") and is_in_class(blanked, first)
        is_left_out = is_member or (not templates and is_in_template(blanked, first))
        if NOT_CODE.match(joined) or declaration.match(joined) or is_left_out:
            previous = None
            continue
        condition = re.match(r"(\} else )?(if|while) \((.*)\) (continue;|break;|return\b.*;|\{)$",
                             joined)
        if condition:
            head = old[-1] if condition[4] == "{" else condition[4]
            values = ["false"] if condition[2] == "while" else ["true", "false"]
            for value in values:
                rest = "{" if condition[4] == "{" else head
                add(f"{condition[2]} ({value}): {shown}", first, last,
                    [" " * indent + f"{condition[1] or ''}{condition[2]} ({value}) {rest}"])
        elif joined.endswith(";") and indent >= 2 and not joined.startswith("friend") and not (
                VARIABLE.match(joined) or indent == 2 and joined.startswith("return")):
            add(f"without: {shown}", first, last, [])
        body = re.search(r"\{ (.+;) \}$", joined)
        if body and not body[1].startswith("return "):
            add(f"without the body: {shown}", first, last,
                [" " * indent + joined[:body.start()] + "{}"])
        is_plain = joined.endswith(";") and indent >= 2 and not joined.startswith(
            ("return", "if ", "for ", "while ", "break", "continue"))
        if is_plain and previous and previous[1] + 1 == first and previous[2] == indent:
            before = lines[previous[0]:previous[1] + 1]
            add(f"swapped with the line before: {shown}", previous[0], last, old + before)
        previous = (first, last, indent) if is_plain else None
        for number in range(first, last + 1):
            for pattern, new in replaced:
                for match in re.finditer(pattern, blanked[number]):
                    line = lines[number][:match.start()] + new + lines[number][match.end():]
                    shown_line = re.sub(r"\s*//.*", "", line).strip()
                    add(f"{match[0].strip()} -> {new.strip() or 'nothing'}: {shown_line}",
                        number, number, [line])
    return found


def read_survivors(path):
    """The judged survivors in a table: {name: reason}. A name is on a line of its own, and its reason
    on the following lines, indented; # begins a comment line."""
    known, name = {}, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            if name is None:
                raise SystemExit(f"{path}:{number}: expected a mutant before this reason")
            known[name] = (known[name] + " " + line.strip()).strip()
        else:
            name = line
            known[name] = ""
    for name, reason in known.items():
        if not reason:
            raise SystemExit(f"{path}: expected a reason after: {name}")
    return known


def summary(results, judged):
    """The last line of a run: its results counted, `judged` of the survivors having a verdict."""
    killed = sum(it.startswith("killed") for it in results)
    survived = sum(it == "SURVIVED" for it in results)
    return (f"{killed + survived} mutants run: {killed} killed, {judged} survived with a verdict, "
            f"{survived - judged} survived without; {len(results) - killed - survived} more did not compile")
