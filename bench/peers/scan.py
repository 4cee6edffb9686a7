"""Flat float32 scans with one thread: `scan.py numpy|faiss ROWS_FILE ROWS DIMS QUERIES_FILE`.

Answers lines like {"first": 0, "count": 1, "k": 10}: that many queries from there on.
"""

import json
import sys
import time

import numpy as np

library, rows_file, count, dims, queries_file = sys.argv[1:]
shape = (int(count), int(dims))
queries = np.fromfile(queries_file, dtype=np.float32).reshape(-1, shape[1])


def with_numpy():
    rows = np.fromfile(rows_file, dtype=np.float32, count=shape[0] * shape[1]).reshape(shape)

    def search(some, k):
        ids, scores = [], []
        for query in some:
            products = rows @ query
            top = np.argpartition(products, len(products) - k)[-k:]
            top = top[np.argsort(-products[top])]
            ids.append(top)
            scores.append(products[top])
        return np.array(scores), np.array(ids)

    return search, f"NumPy {np.__version__}"


def with_faiss():
    import faiss

    faiss.omp_set_num_threads(1)
    rows = np.memmap(rows_file, dtype=np.float32, mode="r", shape=shape)
    index = faiss.IndexFlatIP(shape[1])
    for first in range(0, len(rows), 65536):
        index.add(np.ascontiguousarray(rows[first : first + 65536]))
    del rows
    return index.search, f"faiss {faiss.__version__}"


search, version = {"numpy": with_numpy, "faiss": with_faiss}[library]()
print(json.dumps({"version": version}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    first, count, k = question["first"], question["count"], question["k"]
    started = time.perf_counter()
    scores, ids = search(queries[first : first + count], k)
    took = (time.perf_counter() - started) * 1000
    print(json.dumps({"ms": took, "ids": ids.tolist(), "scores": scores.tolist()}), flush=True)
