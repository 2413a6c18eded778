import Foundation
import TacetTrust
import TacetWire

/// What a step asked of the gateways, and what came back.
struct Inquiry: Sendable {
  let round: TrustRound
  /// By gateway; missing for one that is late.
  var answers: [String: Controller.Answer] = [:]
  /// The forecast that was made before all had answered, and when.
  var early: (forecast: Controller.Forecast, time: ContinuousClock.Instant)?
}

extension Site {
  /// Asks some gateways, as many as the policy says, the same; with the rest as much is exchanged that says nothing, so that whom a site asks
  /// does not show. A forecast is made as soon as the missing answers cannot change it; what leaves the site does not depend on that.
  /// - Parameter sight: nil where there is nothing to forecast from.
  /// - Returns: nil where nothing was asked, since the device is silent.
  func ask(
    _ step: Int, speaking: Bool, isHeard: Bool, sight: Controller.Sight?, until end: ContinuousClock.Instant
  ) async -> Inquiry? {
    let asked = await controller.choose(policy.aggregation)
    let queries = isHeard ? controller.messages(step: step, speaking: speaking) : []
    let fillers = isHeard ? controller.messages(step: step, speaking: false) : []
    var exchanges: [String: [LinkExchange]] = [:]
    for (gateway, link) in controllerLinks {
      let isAsked = asked.contains(gateway)
      // With cover the link itself fills what has nothing to say.
      let messages = isAsked ? queries : policy.cover.isEnabled ? [] : fillers
      let posted = Self.post(messages, on: link, until: end)
      if isAsked { exchanges[gateway] = posted }
    }
    let round = controller.round(asked: asked, at: Date())
    let inquiry = await collect(exchanges, for: Inquiry(round: round), step: step, sight: speaking ? sight : nil)
    return speaking ? inquiry : nil
  }

  /// Waits for the answers, of all gateways at once.
  private func collect(
    _ exchanges: [String: [LinkExchange]], for inquiry: Inquiry, step: Int, sight: Controller.Sight?
  ) async -> Inquiry {
    await withTaskGroup(of: (String, [Message]).self) { group in
      for (gateway, exchanges) in exchanges {
        group.addTask { (gateway, await Self.answers(to: exchanges)) }
      }
      var inquiry = inquiry
      for await (gateway, messages) in group {
        guard let answer = controller.answer(in: messages) else { continue }
        inquiry.answers[gateway] = answer
        guard let sight, inquiry.early == nil, inquiry.answers.count < exchanges.count else { continue }
        inquiry.early = await early(step, sight, inquiry).map { ($0, .now) }
      }
      return inquiry
    }
  }

  private static func answers(to exchanges: [LinkExchange]) async -> [Message] {
    var answers: [Message] = []
    for exchange in exchanges {
      if let answer = try? await exchange.answer() { answers.append(answer) }
    }
    return answers
  }

  private func early(_ step: Int, _ sight: Controller.Sight, _ inquiry: Inquiry) async -> Controller.Forecast? {
    do {
      return try await controller.early(sight: sight, answers: inquiry.answers, in: inquiry.round)
    } catch {
      logger.error("no forecast can be made", metadata: ["step": "\(step)", "error": "\(error)"])
      return nil
    }
  }

  /// Takes in what the links have seen of the gateways' certificates.
  func hearOfGateways() async {
    let time = Date()
    for (gateway, link) in controllerLinks { await controller.hear(link.news.take(), of: gateway, at: time) }
  }
}
