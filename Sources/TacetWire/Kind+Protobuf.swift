extension Tacet_V1_Kind {
  init(_ kind: Message.Kind) {
    self =
      switch kind {
      case .release: .release
      case .query: .query
      case .cover: .cover
      case .status: .status
      case .fallback: .fallback
      case .restore: .restore
      case .audit: .audit
      case .checkpoint: .checkpoint
      case .update: .update
      case .student: .student
      case .answer: .answer
      }
  }
}

extension Message.Kind {
  /// nil for a value this protocol does not have.
  init?(_ kind: Tacet_V1_Kind) {
    switch kind {
    case .release: self = .release
    case .query: self = .query
    case .cover: self = .cover
    case .status: self = .status
    case .fallback: self = .fallback
    case .restore: self = .restore
    case .audit: self = .audit
    case .checkpoint: self = .checkpoint
    case .update: self = .update
    case .student: self = .student
    case .answer: self = .answer
    case .unspecified, .UNRECOGNIZED: return nil
    }
  }
}

extension Tacet_V1_Status {
  init(_ status: Message.Status) {
    self =
      switch status {
      case .unspecified: .unspecified
      case .ok: .ok
      case .refused: .refused
      case .malformed: .malformed
      case .unavailable: .unavailable
      case .late: .late
      case .unknown: .unknown
      case .overQuota: .overQuota
      case .failed: .failed
      }
  }
}

extension Message.Status {
  /// nil for a value this protocol does not have.
  init?(_ status: Tacet_V1_Status) {
    switch status {
    case .unspecified: self = .unspecified
    case .ok: self = .ok
    case .refused: self = .refused
    case .malformed: self = .malformed
    case .unavailable: self = .unavailable
    case .late: self = .late
    case .unknown: self = .unknown
    case .overQuota: self = .overQuota
    case .failed: self = .failed
    case .UNRECOGNIZED: return nil
    }
  }
}
