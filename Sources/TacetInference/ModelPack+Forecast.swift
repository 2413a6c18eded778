/// The parts of the model, typed.
extension ModelPack {
  /// Shard 1: what a camera's window (`[1, W, F]`) becomes before clipping and noise; k components.
  /// - Throws: ``InferenceError`` when the site is unknown or the window has another shape.
  public func embed(window: FloatTensor, site: String) throws(InferenceError) -> [Float] {
    try run(shard1, ["window": window, "site": oneHot(site)], output: manifest.cut.output)
  }

  /// The student's forecast from the site's own window (`[1, W, F]`); H values, nearest first, in the target's unit.
  /// - Throws: ``InferenceError`` when the site is unknown or the window has another shape.
  public func studentForecast(window: FloatTensor, site: String) throws(InferenceError) -> [Float] {
    try run(student, ["window": window, "site": oneHot(site)], output: "forecast")
  }

  /// Shard 2: for each site (in the manifest's order) an encoding of the other sites; N rows of m components.
  /// - Parameter history: the releases of the last T steps, oldest first; each by index of the site, k components in
  ///   units of the clipping radius. A site that is not there has not arrived.
  /// - Throws: ``InferenceError`` when there are not T steps, or a release is of an unknown site or of another length.
  public func encode(history: [[Int: [Float]]]) throws(InferenceError) -> [[Float]] {
    let (steps, sites, components) = (manifest.history, manifest.sites.count, manifest.cut.dimension)
    guard history.count == steps else {
      throw InferenceError(.malformed, "an encoding needs \(steps) steps of releases, not \(history.count)")
    }
    var releases = [Float](repeating: 0, count: steps * sites * components)
    var presence = [Float](repeating: 0, count: steps * sites)
    for (step, arrived) in history.enumerated() {
      for (site, values) in arrived {
        guard (0..<sites).contains(site), values.count == components, values.allSatisfy(\.isFinite) else {
          throw InferenceError(
            .malformed, "a release must be \(components) finite numbers of one of \(sites) sites")
        }
        let cell = step * sites + site
        presence[cell] = 1
        releases.replaceSubrange(cell * components..<(cell + 1) * components, with: values)
      }
    }
    let flat = try run(
      shard2,
      [
        "releases": try FloatTensor(shape: [1, steps, sites, components], values: releases),
        "presence": try FloatTensor(shape: [1, steps, sites], values: presence),
      ], output: "encoding")
    return (0..<sites).map { Array(flat[$0 * encodingDimension..<($0 + 1) * encodingDimension]) }
  }

  /// Shard 3: the student's forecast (H values) corrected by an encoding of the other sites (m components); H values.
  /// - Throws: ``InferenceError`` when the site is unknown or a part has another length.
  public func forecast(
    window: FloatTensor, site: String, student: [Float], encoding: [Float]
  ) throws(InferenceError) -> [Float] {
    try run(
      shard3,
      [
        "window": window, "site": oneHot(site),
        "student": try FloatTensor(shape: [1, student.count], values: student),
        "encoding": try FloatTensor(shape: [1, encoding.count], values: encoding),
      ], output: "forecast")
  }

  private func run(
    _ session: InferenceSession, _ inputs: [String: FloatTensor], output: String
  ) throws(InferenceError) -> [Float] {
    // Every output was checked against the manifest when the pack was loaded.
    guard let result = try session.run(inputs)[output] else {
      throw InferenceError(.malformed, "the model has no output \(output)")
    }
    return result.values
  }

  private func oneHot(_ site: String) throws(InferenceError) -> FloatTensor {
    try require(site: site)
    return try FloatTensor(shape: [1, manifest.sites.count], values: manifest.sites.map { $0 == site ? 1 : 0 })
  }
}
