"""What the example unit costs as a plugin of Extism, whose library this drives
through its C interface. Prints one object of JSON: medians in milliseconds, and
calls per second.

    python beside.py PLUGIN.wasm GIVEN.json CALLS
"""

import ctypes
import importlib.util
import json
import os
import pathlib
import statistics
import sys
import threading
import time

# What is compiled is measured, not what an earlier run left behind.
os.environ["EXTISM_CACHE_CONFIG"] = ""
package = pathlib.Path(importlib.util.find_spec("extism_sys").origin).parent
extism = ctypes.CDLL(str(package / "libextism_sys.so"))
pointer, number = ctypes.c_void_p, ctypes.c_uint64
for name, result, arguments in [
    ("compiled_plugin_new", pointer, [ctypes.c_char_p, number, pointer, number, ctypes.c_bool, pointer]),
    ("plugin_new_from_compiled", pointer, [pointer, pointer]),
    ("plugin_call", ctypes.c_int32, [pointer, ctypes.c_char_p, ctypes.c_char_p, number]),
    ("plugin_output_length", number, [pointer]),
    ("plugin_output_data", pointer, [pointer]),
    ("plugin_error", ctypes.c_char_p, [pointer]),
    ("plugin_free", None, [pointer]),
    ("function_new", pointer, [ctypes.c_char_p, pointer, number, pointer, number, pointer, pointer, pointer]),
    ("function_set_namespace", None, [pointer, ctypes.c_char_p]),
]:
    function = getattr(extism, "extism_" + name)
    function.restype, function.argtypes = result, arguments

plugin_file, given_file, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
given = pathlib.Path(given_file).read_bytes()
# The limits of our own units: 128 MiB in pages, and two seconds.
manifest = json.dumps({
    "wasm": [{"path": plugin_file}],
    "memory": {"max_pages": 2048},
    "timeout_ms": 2000,
}).encode()

# Where units log to: two whole numbers of 32 bits. The example logs nothing, but
# it is linked.
log = ctypes.CFUNCTYPE(None, pointer, pointer, number, pointer, number, pointer)(lambda *_: None)


def compiled():
    # One function for each plugin, or Extism refuses it.
    write = extism.extism_function_new(
        b"write", (ctypes.c_int * 2)(), 2, None, 0, log, None, None
    )
    extism.extism_function_set_namespace(write, b"markbridge:unit/log@1.0.0")
    functions = (pointer * 1)(write)
    why = ctypes.c_char_p()
    made = extism.extism_compiled_plugin_new(
        manifest, len(manifest), functions, 1, False, ctypes.byref(why)
    )
    if not made:
        sys.exit(f"Extism does not take the plugin: {why.value}")
    return made


def instance(of):
    why = ctypes.c_char_p()
    made = extism.extism_plugin_new_from_compiled(of, ctypes.byref(why))
    if not made:
        sys.exit(f"Extism makes no instance of the plugin: {why.value}")
    return made


def answer(plugin, function):
    if extism.extism_plugin_call(plugin, function, given, len(given)) != 0:
        sys.exit(f"the call failed: {extism.extism_plugin_error(plugin)}")
    length = extism.extism_plugin_output_length(plugin)
    return ctypes.string_at(extism.extism_plugin_output_data(plugin), length)


def median(call, times=calls):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def fresh(function=None):
    plugin = instance(plugins)
    if function:
        answer(plugin, function)
    extism.extism_plugin_free(plugin)


compiling = median(compiled, 5)
plugins = compiled()
reused = instance(plugins)
stop = threading.Event()
counts = [0, 0]


def work(index):
    while not stop.is_set():
        fresh(b"check")
        counts[index] += 1


threads = [threading.Thread(target=work, args=[index]) for index in range(2)]
for thread in threads:
    thread.start()
time.sleep(1)
stop.set()
for thread in threads:
    thread.join()
print(json.dumps({
    "findings": len(json.loads(answer(reused, b"check"))),
    "compile": compiling,
    "instance": median(fresh),
    "empty": median(lambda: fresh(b"empty")),
    "check": median(lambda: fresh(b"check")),
    "check_reused": median(lambda: answer(reused, b"check")),
    "checks_per_second": sum(counts),
}))
