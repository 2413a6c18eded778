/// Noise could not be drawn. Nothing weaker is ever drawn instead.
public enum NoiseError: Error, Hashable, Sendable {
  /// libsodium did not initialise, so there is no system randomness for keys.
  case systemRandomnessUnavailable
  /// libcrypto refused AES-256-CTR.
  case cipherUnavailable
}

extension NoiseError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public var description: String {
    switch self {
    case .systemRandomnessUnavailable:
      "no system randomness: libsodium did not initialise; check that the system's random device is readable"
    case .cipherUnavailable:
      "libcrypto refused AES-256-CTR: check the OpenSSL installation and its provider configuration"
    }
  }
}
