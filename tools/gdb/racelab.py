"""Commands for gdb to look at the tasks of an execution that racelab replays.

Load it with `source .../share/racelab/gdb/racelab.py`, and replay with `replay FILE --debug` or,
in a test, with RACELAB_REPLAY=FILE. Before each step the program calls racelab_step().

racelab-tasks      lists the tasks with their next operations and their stacks
racelab-break N    stops before step N; without N, before each step
racelab-task NAME  stops before each step of the task NAME, such as 1 or 2.1
"""

import gdb

# Where Boost.Context saves registers, in bytes from the address in racelab_task::registers, and
# how many bytes it takes up on the stack.
LAYOUTS = {
    "x86-64": ({"r12": 8, "r13": 16, "r14": 24, "r15": 32, "rbx": 40, "rbp": 48, "rip": 56},
               "rsp", 64),
    "aarch64": ({"x19": 64, "x20": 72, "x21": 80, "x22": 88, "x23": 96, "x24": 104, "x25": 112,
                 "x26": 120, "x27": 128, "x28": 136, "x29": 144, "pc": 160}, "sp", 176),
}


def layout():
    name = gdb.selected_frame().architecture().name()
    for known, registers in LAYOUTS.items():
        if known in name:
            return registers
    raise gdb.GdbError("racelab: stacks of tasks are not known on " + name)


def address_of(symbol):
    try:
        return int(gdb.parse_and_eval("(unsigned long)&" + symbol))
    except gdb.error:
        raise gdb.GdbError("racelab: no " + symbol + " in this program: is it linked with racelab?")


def word_at(address):
    data = gdb.selected_inferior().read_memory(address, 8).tobytes()
    return int.from_bytes(data, "little")


def text_at(address):
    text = b""
    while len(text) < 1000:
        byte = gdb.selected_inferior().read_memory(address + len(text), 1).tobytes()
        if byte == b"\0":
            break
        text += byte
    return text.decode("utf-8", "replace")


def tasks():
    """The rows of racelab_tasks: name, next operation, address of the saved registers."""
    table = address_of("racelab_tasks")
    for i in range(word_at(address_of("racelab_task_count"))):
        name, doing, registers = (word_at(table + 24 * i + 8 * member) for member in range(3))
        yield text_at(name), text_at(doing), registers


def register(name):
    return int(gdb.parse_and_eval("(unsigned long)$" + name))


class Tasks(gdb.Command):
    """Lists the tasks of the execution with their next operations and their stacks."""

    def __init__(self):
        super().__init__("racelab-tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        saved, stack, size = layout()
        gdb.newest_frame().select()
        before = {name: register(name) for name in [*saved, stack]}
        for name, doing, registers in tasks():
            print("task {}: {}".format(name, doing))
            if registers == 0:
                if doing != "has ended":
                    gdb.execute("backtrace")
                continue
            try:
                for one, offset in saved.items():
                    gdb.execute("set ${} = {}".format(one, word_at(registers + offset)))
                gdb.execute("set ${} = {}".format(stack, registers + size))
                gdb.execute("backtrace")
            finally:
                for one, value in before.items():
                    gdb.execute("set ${} = {}".format(one, value))


class AtStep(gdb.Breakpoint):
    """Stops in racelab_step() before the steps that `wanted` accepts."""

    def __init__(self, wanted):
        super().__init__("racelab_step", internal=True)
        self.wanted = wanted

    def stop(self):
        first, second = ("rdi", "rsi") if "rsp" == layout()[1] else ("x0", "x1")
        return self.wanted(register(first), text_at(register(second)))


class BreakAtStep(gdb.Command):
    """Stops before the step with this number; without a number, before each step."""

    def __init__(self):
        super().__init__("racelab-break", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        number = int(argument) if argument else None
        AtStep(lambda step, task: number in (None, step))


class BreakAtTask(gdb.Command):
    """Stops before each step of the task with this name."""

    def __init__(self):
        super().__init__("racelab-task", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        AtStep(lambda step, task: task == argument.strip())


Tasks()
BreakAtStep()
BreakAtTask()
