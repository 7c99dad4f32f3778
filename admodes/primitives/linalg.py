matmul=None
