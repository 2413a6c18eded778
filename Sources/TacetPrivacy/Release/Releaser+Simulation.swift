extension Releaser {
  /// What a release of `activation` would say, uncharged: for simulations and benchmarks in which nothing leaves the process.
  ///
  /// - Throws: ``ReleaseError``, as ``release(_:for:)``.
  package func unchargedSimulation(
    of activation: [Float], parameters: ReleaseParameters, precision: NoisePrecision = .narrow
  ) throws(ReleaseError) -> [Int16] {
    try noise(activation, parameters: parameters, precision: precision).values
  }
}
