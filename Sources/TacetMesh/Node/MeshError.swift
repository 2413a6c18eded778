/// A node that cannot start or go on: what is wrong, where, and what to do, on one line.
package struct MeshError: Error, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong.
  package enum Kind: Sendable {
    case badInput
    case missingInput
    case unavailable
    case inputOutput
    case notPermitted
  }

  package let kind: Kind
  package let description: String

  package static func badInput(_ text: String) -> Self { Self(kind: .badInput, description: text) }
  package static func missingInput(_ text: String) -> Self { Self(kind: .missingInput, description: text) }
  package static func unavailable(_ text: String) -> Self { Self(kind: .unavailable, description: text) }
  package static func inputOutput(_ text: String) -> Self { Self(kind: .inputOutput, description: text) }
  package static func notPermitted(_ text: String) -> Self { Self(kind: .notPermitted, description: text) }
}
