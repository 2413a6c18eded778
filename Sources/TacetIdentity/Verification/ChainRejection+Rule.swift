extension ChainRejection {
  /// The rule that was broken: one word, without values, the same for every chain that breaks it. Made to be counted and compared.
  public var rule: String {
    switch self {
    case .nothingPresented: "nothing_presented"
    case .tooManyCertificates: "too_many_certificates"
    case .tooLarge: "too_large"
    case .tooManyNames: "too_many_names"
    case .malformed: "malformed"
    case .unknownCriticalExtension: "unknown_critical_extension"
    case .signatureAlgorithmMismatch: "signature_algorithm_mismatch"
    case .weakAlgorithm: "weak_algorithm"
    case .expired: "expired"
    case .notYetValid: "not_yet_valid"
    case .leafIsAuthority: "leaf_is_authority"
    case .keyUsage: "key_usage"
    case .keyUsageTooWide: "key_usage_too_wide"
    case .extendedKeyUsage: "extended_key_usage"
    case .uriNames: "uri_names"
    case .spiffeID: "spiffe_id"
    case .trustDomain: "trust_domain"
    case .unexpectedPeer: "unexpected_peer"
    case .signer(let flaw): flaw.rule
    case .pathLength: "path_length"
    case .nameConstraints: "name_constraints"
    case .rootExpired: "root_expired"
    case .rootNotYetValid: "root_not_yet_valid"
    case .constraints: "constraints"
    case .revoked: "revoked"
    case .revocationListMissing: "revocation_list_missing"
    case .revocationList(let flaw): flaw.rule
    case .unknownToResponder: "ocsp_unknown"
    case .notLogged(let flaw): flaw.rule
    case .tooManyPaths: "too_many_paths"
    case .untrusted: "untrusted"
    }
  }
}

extension SignerFlaw {
  fileprivate var rule: String {
    switch self {
    case .notAnAuthority: "signer_not_an_authority"
    case .mayNotSign: "signer_may_not_sign"
    case .otherName: "signer_of_other_name"
    case .oldVersion: "signer_of_old_version"
    case .malformed: "signer_malformed"
    case .otherUsage: "signer_of_other_usage"
    }
  }
}

extension RevocationListFlaw {
  fileprivate var rule: String {
    switch self {
    case .tooLarge: "revocation_list_too_large"
    case .malformed: "revocation_list_malformed"
    case .unknownCriticalExtension: "revocation_list_unknown_critical_extension"
    case .partial: "revocation_list_partial"
    case .weakAlgorithm: "revocation_list_weak_algorithm"
    case .otherIssuer: "revocation_list_of_other_issuer"
    case .mayNotSign: "revocation_list_signer"
    case .forged: "revocation_list_forged"
    case .notYetIssued: "revocation_list_not_yet_issued"
    case .stale: "revocation_list_stale"
    }
  }
}

extension LogFlaw {
  fileprivate var rule: String {
    switch self {
    case .noProof: "not_logged"
    case .unavailable: "not_logged_unavailable"
    case .unproven: "not_logged_unproven"
    case .otherEntry: "not_logged_other_entry"
    }
  }
}
