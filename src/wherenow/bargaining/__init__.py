"""Bargaining among actors over one issue: weighted middle positions, and rounds of challenges and offers.

An issue is a line; each actor stands somewhere on it (position), can push (capability) and cares (salience). Two static
answers come first: the mean and the median of positions weighted by capability × salience (Black 1948, the median
voter). The dynamic one is the expected-utility model of Bueno de Mesquita as laid open by Scholz, Calbert & Smith
(2011), "Unravelling Bueno de Mesquita's group decision model", Journal of Theoretical Politics 23(4): each actor weighs
a challenge to every other, is the more ready for risk the safer others would find it to challenge him, and moves to the
cheapest offer that he cannot refuse, round after round, until nobody moves.

Where the sources leave a choice, this is ours, and the same in every run:

* The chance of i against j is the share of all weighted support that goes to i, so that the chances of i against j and
  of j against i sum to one (Bueno de Mesquita 1994; Scholz et al.'s own program divides by all contests instead).
* Utilities are scaled by the width of the issue as it was first stated, not by the span that is left.
* Of several offers an actor takes the one that moves him least, whatever its kind.

Every function works on arrays whose last axis is the actor: one call serves one table or a thousand perturbed ones.

A warning that belongs to the model: rounds may circle, and where they end can depend on small changes of the inputs
(Scholz et al. 2011, section 8). Read an outcome together with its spread over :func:`uncertain`.
"""
