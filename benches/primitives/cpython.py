"""The same work with CPython's multiprocessing: `cpython.py WHAT` prints the seconds for one as JSON."""

import json
import multiprocessing
import sys
from time import perf_counter

context = multiprocessing.get_context("fork")


def nothing():
    pass


def start_join(context, count):
    times = []
    for _ in range(count):
        began = perf_counter()
        process = context.Process(target=nothing)
        process.start()
        process.join()
        times.append(perf_counter() - began)
    return sorted(times)[len(times) // 2]


def process_start_join():
    return start_join(context, 20)


def fresh_process_start_join():
    return start_join(multiprocessing.get_context("spawn"), 10)


def put_all(queue, gate, item, count):
    gate.wait()
    for _ in range(count):
        queue.put(item)


def get_all(queue, gate, count, seconds):
    gate.wait()
    began = perf_counter()
    for _ in range(count):
        queue.get()
    seconds.value = perf_counter() - began


def through_queue(item, count):
    queue, gate, seconds = context.Queue(), context.Barrier(2), context.Value("d")
    workers = [
        context.Process(target=put_all, args=(queue, gate, item, count)),
        context.Process(target=get_all, args=(queue, gate, count, seconds)),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return seconds.value / count


def queue_small():
    return through_queue(1 << 40, 50_000)


def queue_large():
    return through_queue(bytes(1 << 20), 64)


def square(x):
    return x * x


def mapped(call, count, chunk=None):
    inputs = list(range(count))
    with context.Pool(2) as pool:
        pool.map(square, range(2))
        began = perf_counter()
        pool.map(call, inputs, chunk)
        return (perf_counter() - began) / count


def pool_chunk_1():
    return mapped(square, 20_000, 1)


def pool_default_chunk():
    return mapped(square, 1_000_000)


def add_under_lock(value, gate, count, seconds):
    gate.wait()
    began = perf_counter()
    for _ in range(count):
        with value.get_lock():
            value.value += 1
    seconds.value = max(seconds.value, perf_counter() - began)


def value_lock():
    value, gate, seconds, count = context.Value("q"), context.Barrier(2), context.Value("d"), 50_000
    workers = [context.Process(target=add_under_lock, args=(value, gate, count, seconds)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert value.value == 2 * count
    return seconds.value / (2 * count)


FIGURES = [
    process_start_join,
    fresh_process_start_join,
    queue_small,
    queue_large,
    pool_chunk_1,
    pool_default_chunk,
    value_lock,
]

if __name__ == "__main__":
    print(json.dumps({figure.__name__: figure() for figure in FIGURES if figure.__name__ in sys.argv[1:]}))
