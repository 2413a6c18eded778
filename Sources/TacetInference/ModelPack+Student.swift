extension ModelPack {
  /// Checks that the student says what it made of a window, so that a head can be fitted to it.
  /// - Throws: ``InferenceError``.
  package func requireFeatures() throws(InferenceError) {
    guard studentFeatures > 0 else {
      throw InferenceError(
        .badInput,
        "the student of \(manifest.model) has no output `features`: it cannot be refreshed; Scripts/train_pack.py --re-export adds it"
      )
    }
  }
}

extension ModelPack {
  /// SHA-256 of the student's network, in lower-case hexadecimal.
  package var studentDigest: String { manifest.shards["student"]?.sha256 ?? "" }
}
