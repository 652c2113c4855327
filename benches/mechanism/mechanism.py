# The same as in mechanism.md: one number a line, in the same order, the first two in seconds, the others per second.

import multiprocessing as mp
import statistics
import threading as td
import time

mp.set_start_method("fork")


def nothing():
    pass


def start_and_join(kind):
    def once():
        started = time.perf_counter()
        worker = kind(target=nothing)
        worker.start()
        worker.join()
        return time.perf_counter() - started

    return statistics.median(once() for _ in range(100))


def seconds_of(*workers):
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started


ITEMS = 200_000


def produce(q):
    for i in range(ITEMS):
        q.put(i)


def consume(q):
    for _ in range(ITEMS):
        q.get()


def square(x):
    return x * x


TASKS = 50_000


def pool():
    started = time.perf_counter()
    with mp.Pool(2) as workers:
        workers.map(square, range(TASKS), 1)
    return time.perf_counter() - started


def count(v):
    for _ in range(100_000):
        with v.get_lock():
            v.value += 1


print(start_and_join(mp.Process))
print(start_and_join(td.Thread))
q = mp.Queue()
print(ITEMS / seconds_of(mp.Process(target=produce, args=(q,)), mp.Process(target=consume, args=(q,))))
print(TASKS / pool())
v = mp.Value("i", 0)
print(200_000 / seconds_of(mp.Process(target=count, args=(v,)), mp.Process(target=count, args=(v,))))
assert v.value == 200_000
