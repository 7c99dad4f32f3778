"""Jacobians by neither mode alone: `sparse`, few directions that hold every entry that is not 0;
`elimination`, any order in which the chain rule can be multiplied out.
"""
