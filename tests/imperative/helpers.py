"""Values and words that several tests of the imperative face use."""

import numpy as np

A = np.array([[1.0, -2.0], [0.5, 3.0]])
B = np.array([[0.3, 4.0], [-1.5, 2.0]])
#: what a second call says
AGAIN = r"an earlier backward\(\) has freed: give the first call retain_graph=True"
