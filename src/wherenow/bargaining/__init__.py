"""Bargaining among actors over one issue: weighted middle positions, and rounds of challenges and offers.

An issue is a line. Each actor has a position on it, some capability to push, and some salience (how much the actor
cares). Two static answers come first: the mean and the median of positions weighted by capability × salience (Black
1948, the median voter). The dynamic answer is the expected-utility model of Bueno de Mesquita as set out by Scholz,
Calbert & Smith (2011), "Unravelling Bueno de Mesquita's group decision model", Journal of Theoretical Politics 23(4).
Each actor weighs a challenge to every other, is the more risk-acceptant the safer its position is from challenges, and
moves to the cheapest offer that it cannot refuse, round after round, until nobody moves.

Where the sources leave a choice, we choose the following in every run:

* The chance of i against j is the share of all weighted support that goes to i, so that the chances of i against j and
  of j against i sum to one (Bueno de Mesquita 1994; Scholz et al.'s own program divides by all contests instead).
* Utilities are scaled by the width of the issue as first stated, not by the remaining span.
* Of several offers, an actor takes the one that moves it least, whatever its kind.

Every function works on arrays whose last axis is the actor, so that one call handles one table or a thousand.

The model has a known weakness: rounds may cycle, and the outcome can depend on small changes of the inputs (Scholz et
al. 2011, section 8). Read an outcome together with its spread over :func:`uncertain`.
"""
