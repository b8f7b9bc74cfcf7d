# SPDX-License-Identifier: BSD-3-Clause
"""What "run --json" wrote, as "plot" and "table" read it."""
import fnmatch
import json
import math
import statistics

PEERS = ('libevent', 'libev', 'libuv')


def summary(values):
    """Of one cell; None: nothing was measured."""
    if not values or None in values:
        return None
    low, median, high = statistics.quantiles(
        values, n=4, method='inclusive') if len(values) > 1 else values * 3
    return {'median': median, 'quartiles': [low, high],
            'min': min(values), 'max': max(values)}


class Figures:
    def __init__(self, path):
        with open(path) as source:
            data = json.load(source)
        self.machine = data['machine']
        self.times, self.counts = data['times'], data['counts']

    def works(self, *globs):
        return [work for work in self.times
                if any(fnmatch.fnmatch(work, glob) for glob in globs)]

    def columns(self):
        return list(self.machine['peers'])

    def rounds(self, work, column):
        """Nanoseconds or bytes, one a round; none: cannot be had."""
        values = self.times.get(work, {'values': {}})['values'].get(column)
        return values if values and None not in values else []

    def time(self, work, column):
        values = self.rounds(work, column)
        return statistics.median(values) if values else None

    def spread(self, work, column):
        """Half the distance between the quartiles, as a part of the median."""
        have = summary(self.rounds(work, column))
        if not have or not have['median']:
            return None
        low, high = have['quartiles']
        return (high - low) / 2 / have['median']

    def count(self, work, column):
        values = self.counts.get(work, {'values': {}})['values'].get(column)
        return values[0] if values else None

    def ratio(self, work, column, other, other_work=None):
        """The median of the ratios within a round."""
        pairs = zip(self.rounds(work, column),
                    self.rounds(other_work or work, other))
        ratios = [a / b for a, b in pairs if b]
        return statistics.median(ratios) if ratios else None


def mean(values):
    """Geometric; None where there is nothing, or not all."""
    values = list(values)
    if not values or None in values:
        return None
    return math.exp(sum(map(math.log, values)) / len(values))
