extension Releaser {
  /// What a release of `activation` would say, uncharged: for simulations in which nothing leaves the process.
  ///
  /// - Throws: ``ReleaseError``.
  package func unchargedSimulation(
    of activation: [Float], parameters: ReleaseParameters
  ) throws(ReleaseError) -> [Int16] {
    try release(
      activation,
      for: Reservation(
        device: "simulation", release: "simulation", index: 0, parameters: parameters, dimension: activation.count,
        precision: .narrow)
    ).values
  }
}
