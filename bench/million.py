"""The evaluation of a million students: one run of each contestant, for minutes. `python -m bench --only million`."""

from bench import scale

MILLION = 1_000_000


def run() -> list[scale.Row]:
    """One row per figure; see bench.scale."""
    spent = scale.contest(MILLION, (*scale.WHOLE, *scale.TOUCHED), rounds=1)
    return [*scale.absolute(MILLION, spent), *scale.parts(MILLION, spent), *scale.growth(MILLION, spent["product"])]


if __name__ == "__main__":
    for row in run():
        print(row)
