import Testing

@testable import TacetLog

/// Signed notes against the example of Go's `sumdb/note`, whose format C2SP took over.
@Suite struct SignedNoteTests {
  private static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private static let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  private static let text =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
  private static let note =
    text
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

  @Test func knownNoteVerifies() throws {
    let verifier = try NoteVerifier(Self.vkey)
    let note = try SignedNote(Self.note)
    try note.verify(by: verifier)
    #expect(note.text == Self.text)
    #expect(note.description == Self.note)
    #expect(verifier.description == Self.vkey)
    #expect(verifier.identifier == 0xc74f_20a3)
  }

  @Test func signerKeyReadsAndSigns() throws {
    let signer = try NoteSigner(encoded: Self.secret)
    #expect(signer.verifier.description == Self.vkey)
    #expect(signer.secretEncoding == Self.secret)
    #expect(!signer.description.contains("AYEK"))
    let note = try SignedNote(signer.sign("hello\n\nworld\n").description)
    #expect(note.text == "hello\n\nworld\n")
    try note.verify(by: signer.verifier)
  }

  @Test func changedNoteIsRefused() throws {
    let verifier = try NoteVerifier(Self.vkey)
    let changed = try SignedNote(Self.note.replacing("answer", with: "remedy"))
    #expect(throws: NoteError.invalidSignature(name: "PeterNeumann")) { try changed.verify(by: verifier) }
    let stranger = try NoteSigner(name: "PeterNeumann")
    #expect(throws: NoteError.unsigned(name: "PeterNeumann")) {
      try SignedNote(Self.note).verify(by: stranger.verifier)
    }
  }

  @Test(arguments: [
    "", "text\n", "text\n\n", "text\n\n— name", "text\n\n- name AAAAAAA=\n", "text\n\n— name AAAAAAA\n",
    "text\n\n— name AAAAAAA=\n\n", "te\u{1}xt\n\n— name AAAAAAA=\n", "text\n\n— na+me AAAAAAA=\n",
    "text\n\n— name AAAAAAA=\r\n", "text\n\n— name AAAAAAB=\n",
  ])
  func malformedNotesAreRefused(note: String) {
    #expect {
      try SignedNote(note)
    } throws: {
      if case NoteError.malformedNote = $0 { true } else { false }
    }
  }

  @Test(arguments: [
    "", "name", "name+00000000+AAAA", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  ])
  func malformedKeysAreRefused(vkey: String) {
    #expect {
      try NoteVerifier(vkey)
    } throws: {
      if case NoteError.malformedKey = $0 { true } else { false }
    }
  }
}
