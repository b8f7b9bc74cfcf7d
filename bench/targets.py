# SPDX-License-Identifier: BSD-3-Clause
"""What the suite aims at: cost against the floor, and instructions."""
from figures import mean


class Target:
    """At most RATIO times the floor in the mean of the workloads GLOBS; at
    most COUNT instructions in COUNTED; AHEAD: of libev in each of them."""

    def __init__(self, name, globs, ratio, count=None, counted=None,
                 ahead=False):
        self.name, self.globs, self.ratio = name, globs, ratio
        self.count, self.counted, self.ahead = count, counted, ahead


TIMERS = tuple(f'timers/{what}/*' for what in
               ('insert', 'reset', 'delete', 'expire', 'every'))
TARGETS = (
    Target('dispatch, ready descriptors', ('ready/plain/*',), 1.10,
           100, 'ready/plain/1000'),
    Target('the same with a timeout on each', ('ready/*_timeouts/*',), 1.12,
           150, 'ready/random_timeouts/1000'),
    Target('pipes, plain and with timeouts',
           ('pipes/plain/*', 'pipes/timeouts/*'), 1.05),
    Target('pipes, one-shot re-added', ('pipes/one_shot/*',), 1.05),
    Target('add/del pairs in a turn', ('churn/in_turn/*',), 0.05,
           120, 'churn/in_turn/100'),
    Target('timers, all cases', TIMERS, 1.0, ahead=True),
    Target('equal durations, plain and common',
           ('timers/equal/*', 'timers/common/*'), 1.0),
    Target('active, once, self',
           ('active/self', 'active/batch/*', 'active/once/*'), 2.5,
           ahead=True),
    Target('the same with locks on',
           ('locked/self', 'locked/batch/*', 'locked/once/*'), 5),
    Target('wake-up burst from another thread', ('wakeup/burst',), 1.5),
    Target('signals', ('signals/*',), 1.2),
    Target('base new + free', ('start/new_free',), 1.5),
    Target('process start to first event', ('start/first_event',), 1.25),
    Target('echo with events, server', ('echo/*',), 1.05),
    Target('echo with bufferevents, 64 B', ('stream/*/64',), 1.12),
    Target('echo with bufferevents, 16 KiB', ('stream/*/16384',), 1.15),
    Target('evbuffer against a plain buffer', ('buffer/*',), 2.5),
)
BYTES = (
    ('a timer', 'memory/timer', 144),
    ('an io event', 'memory/io', 160),
    ('a bufferevent', 'memory/stream', 640),
    ("an evbuffer's first 5 bytes", 'memory/first_bytes', 300),
)


def floor_of(work):
    """Floors have no common timeouts: they are equal ones there."""
    return work.replace('/common/', '/equal/')


def against_floor(figures, target, column):
    return mean(figures.ratio(work, column, 'floor', floor_of(work))
                for work in figures.works(*target.globs))
