# The first lesson in Python, as a Jupyter notebook would hold it: "# %%" begins a cell. It does what the lesson without
# its naps does, section by section, and `ITERATIONS` stands for how far the comparison's jobs count. As in the post that
# the lesson follows, one pool serves for three calls. Pools are closed and joined: to terminate one, as `with` does, may
# hang in a kernel that has threads.

# %% [markdown]
# # Multiprocessing

# %%
import multiprocessing as mp
import threading as td
import time

mp.set_start_method("fork", force=True)  # a notebook's functions cannot be imported by a fresh interpreter

# %% [markdown]
# ## Create, start, join

# %%
def job(a, d):
    print("aaaaa")

# %%
t1 = td.Thread(target=job, args=(1, 2))
p1 = mp.Process(target=job, args=(1, 2))
t1.start()
p1.start()
t1.join()
p1.join()

# %%
import os

def job(a, d):
    print(f"{mp.current_process().name} got {a} and {d} in process {os.getpid()}, thread {td.get_native_id()}")

def run(workers):
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

# %%
run([
    td.Thread(target=job, args=(1, 2)),
    td.Thread(target=job, args=(3, 4)),
    mp.Process(target=job, args=(5, 6)),
    mp.Process(target=job, args=(7, 8)),
])
os.getpid()

# %%
run([mp.Process(target=job, args=(1, 2))])

# %% [markdown]
# ## A queue brings results back

# %%
def job(q):
    res = 0
    for i in range(1000):
        res += i + i**2 + i**3
    q.put(res)

# %%
q = mp.Queue()
run([mp.Process(target=job, args=(q,)), mp.Process(target=job, args=(q,))])
q.get() + q.get()

# %% [markdown]
# ## Normal, threads, processes: a comparison

# %%
def job(q):
    res = 0
    for i in range(ITERATIONS):
        res += i + i**2 + i**3
    q.put(res)

def normal():
    q = mp.Queue()
    job(q)
    job(q)
    return q.get() + q.get()

def multithread():
    q = mp.Queue()
    run([td.Thread(target=job, args=(q,)), td.Thread(target=job, args=(q,))])
    return q.get() + q.get()

def multicore():
    q = mp.Queue()
    run([mp.Process(target=job, args=(q,)), mp.Process(target=job, args=(q,))])
    return q.get() + q.get()

# %%
for compared in [normal, multithread, multicore]:
    started = time.time()
    result = compared()
    print(f"{compared.__name__}: {result}, {time.time() - started:.3f} s")

# %% [markdown]
# ## The pool

# %%
def square(x):
    return x * x

# %%
run([mp.Process(target=square, args=(7,))])

# %%
pool = mp.Pool(2)
pool.map(square, range(10))

# %%
pool.apply_async(square, (2,)).get()

# %%
result = [task.get() for task in [pool.apply_async(square, (i,)) for i in range(10)]]
pool.close()
pool.join()
result

# %%
def nap(x):
    return x

# %%
pool = mp.Pool(4)
result = pool.map(nap, range(4), 1)
pool.close()
pool.join()
result

# %% [markdown]
# ## Shared memory

# %%
value1 = mp.Value("i", 0)
value2 = mp.Value("d", 3.14)
value1.value, value2.value

# %%
array = mp.Array("i", [1, 2, 3, 4])

# %%
def job(array, begin, end):
    for i in range(begin, end):
        array[i] *= 10

# %%
run([mp.Process(target=job, args=(array, 0, 2)), mp.Process(target=job, args=(array, 2, 4))])
assert sum(array) == 100
array[:]

# %%
try:
    mp.Array("i", [[1, 2], [3, 4]])
except TypeError as error:
    print(error)

# %% [markdown]
# ## The lock

# %%
v = mp.Value("i", 0)

# %%
def job(v, num):
    for _ in range(5):
        v.value += num
        print(v.value)

# %%
run([mp.Process(target=job, args=(v, 1)), mp.Process(target=job, args=(v, 3))])
v.value

# %%
counter = mp.Value("i", 0)

# %%
def count(counter):
    for _ in range(10_000):
        counter.value += 1

# %%
run([mp.Process(target=count, args=(counter,)), mp.Process(target=count, args=(counter,))])
counter.value

# %%
v = mp.Value("i", 0)
l = mp.Lock()
inside = mp.Event()

# %%
def job(v, num, l, inside):
    with l:
        inside.set()
        for _ in range(5):
            v.value += num
            print(v.value)

def late_job(v, num, l, inside):
    inside.wait()
    job(v, num, l, inside)

# %%
run([mp.Process(target=job, args=(v, 1, l, inside)), mp.Process(target=late_job, args=(v, 3, l, inside))])
assert v.value == 20

# %%
counter = mp.Value("i", 0)

# %%
def count(counter):
    for _ in range(10_000):
        with counter.get_lock():
            counter.value += 1

# %%
run([mp.Process(target=count, args=(counter,)), mp.Process(target=count, args=(counter,))])
assert counter.value == 20_000
counter.value
