"""What waits and what may be asked for again: numbers, bounds, order."""

from gateway.cluster.record import Record


def message(number):
    return b'{"gateway":{"seq":%d}}' % number


OPENED = b'{"gateway":{'


def filled(count, most=100, size=10_000):
    record = Record(most, size)
    assert all(record.add(OPENED) for _ in range(count))
    return record


def test_messages_are_numbered_from_one_and_wait_in_order():
    record = filled(3)
    assert record.batch(2, 10_000) == [message(1), message(2)]
    assert (len(record), record.last, record.published) == (3, 3, 0)


def test_a_batch_is_bounded_in_bytes_but_never_empty():
    record = filled(3)
    assert record.batch(10, 2 * len(message(1))) == [message(1), message(2)]
    assert record.batch(10, 1) == [message(1)]
    record.confirm(3)
    assert record.batch(10, 1_000) == []


def test_what_was_published_can_be_had_again():
    record = filled(5)
    record.confirm(4)
    assert record.again(2, 3) == ([message(2), message(3)], 1)
    assert record.again(1, 99) == ([message(number) for number in range(1, 5)], 0)
    assert record.again(5, 6) == ([], 4), 'it is on its way'


def test_what_was_published_makes_room_for_what_is_to_be():
    record = filled(4, most=4)
    record.confirm(2)
    assert record.add(OPENED)
    assert record.again(1, 2) == ([message(2)], 1)
    assert record.add(OPENED)
    assert not record.add(OPENED), 'all of them wait'
    assert record.last == 6
    assert record.again(1, 2) == ([], 2)


def test_a_message_that_was_refused_leaves_no_gap():
    record = filled(1, size=2 * len(message(1)))
    assert not record.add(OPENED[:-1] + b'"long":"' + b'x' * 100 + b'"')
    assert record.add(OPENED)
    assert record.batch(9, 1_000) == [message(1), message(2)]


def test_bytes_are_counted_of_what_waits_and_what_is_kept():
    record = Record(1_000, 10 * len(message(1)))
    for number in range(1, 9):
        assert record.add(OPENED)
        record.confirm(1)
        assert record.published == number
    assert len(record.again(1, 8)[0]) == 8
    assert record.add(OPENED[:-1] + b'"x":"' + b'y' * 60 + b'"')
    assert 0 < len(record.again(1, 8)[0]) < 8


def test_what_never_fits_costs_nobody_what_is_kept():
    record = filled(3, size=1_000)
    record.confirm(3)
    assert not record.add(b'x' * 1_000)
    assert len(record.again(1, 3)[0]) == 3
