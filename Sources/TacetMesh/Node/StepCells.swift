package import TacetInference
package import TacetPolicy
import TacetRefresh
import TacetTransport
package import TacetWire

/// What a step of a model needs of the wire under a policy: how many cells, and the slots they leave in. It follows from model pack
/// and policy alone, so that it is the same for every site, and whatever a step has to say.
package struct StepCells: Sendable, Hashable {
  /// No event loop keeps shorter intervals.
  private static let shortestInterval = Duration.milliseconds(1)

  /// How long before a slot an event loop wakes up.
  private static let longestLead = Duration.milliseconds(1)

  /// The parts of a release: as many requests.
  package let release: TensorParts
  /// The parts of an encoding: as many queries.
  package let encoding: TensorParts
  /// From one slot to the next.
  package let interval: Duration
  private let prepare: Duration
  private let patience: Duration
  private let isCovered: Bool

  /// - Throws: ``MeshError`` when a step does not fit the policy; it says what to change.
  package init(model: ModelPack, policy: Policy) throws(MeshError) {
    let codec: MessageCodec
    do throws(WireError) {
      codec = try MessageCodec(bytes: policy.message.bytes)
      release = try TensorParts(values: model.manifest.cutDimension, of: .int16, codec: codec)
      encoding = try TensorParts(values: model.encodingDimension, of: .float32, codec: codec)
    } catch {
      throw .badInput("the model pack \(model.manifest.model) does not fit the policy's messages: \(error)")
    }
    let timing = policy.timing
    interval = timing.tick / policy.cover.slotsPerTick
    prepare = timing.prepare
    patience = timing.deadline + timing.jitter.cap + timing.tick
    isCovered = policy.cover.isEnabled
    try check(policy)
    if let refresh = policy.refresh, model.studentFeatures > 0 { try check(refresh, of: model, codec) }
  }

  /// The cells of a slot: enough for the longer of a release and an encoding, for cameras and controllers alike.
  package var width: Int { max(release.count, encoding.count) }

  /// When the links of a site's camera and controller send.
  package func pace(of schedule: Schedule) -> LinkPace {
    LinkPace(
      first: schedule.start.addingTimeInterval(prepare.seconds), interval: interval, width: width,
      isCovered: isCovered, patience: patience, lead: min(Self.longestLead, interval / 8))
  }

  private func check(_ policy: Policy) throws(MeshError) {
    let slots = policy.cover.slotsPerTick
    guard slots * width > release.count else {
      throw .badInput(
        "the policy's cover.per_tick is \(slots): a step needs a slot more, to show the ledger's checkpoint; use 2 or more"
      )
    }
    guard interval >= Self.shortestInterval else {
      throw .badInput(
        "the policy's timing.tick of \(policy.timing.tick) has \(slots) slots, one each \(interval), "
          + "allowed: each \(Self.shortestInterval) or more; lower cover.per_tick or raise timing.tick")
    }
    guard prepare < interval else {
      throw .badInput(
        "the policy's timing.prepare is \(prepare), allowed: less than the \(interval) from one slot to the next; "
          + "lower timing.prepare or cover.per_tick, or raise timing.tick")
    }
    // Answers are on their way for this long, and with them their slots.
    let latest = policy.timing.deadline + policy.timing.jitter.cap
    let inFlight = (Int((latest / interval).rounded(.up)) + 1) * width
    let limit = TransportLimits().inFlight
    guard inFlight <= limit else {
      throw .badInput(
        "\(inFlight) messages of a device would wait for their answers at once, \(limit) may: a step of the model pack takes \(width) of "
          + "\(policy.message.bytes) bytes; raise message.bytes, or lower cover.per_tick or timing.deadline")
    }
    if let quota = policy.message.quota, quota < slots * width {
      throw .badInput(
        "the policy's message.quota is \(quota): a device sends \(slots * width) messages in a tick, \(width) in each of "
          + "\(slots) slots; raise message.quota to that or more")
    }
  }

  /// A refresh has one message a step at most, in the slot that a checkpoint has in other steps; it takes no more than that if its numbers
  /// fit it, and its rounds have the time to ask for each part of the newest student twice.
  private func check(_ refresh: Policy.Refresh, of model: ModelPack, _ codec: MessageCodec) throws(MeshError) {
    let coefficients = model.manifest.horizon * model.studentFeatures
    let (update, text): (TensorParts, StudentText)
    do throws(WireError) {
      update = try TensorParts(values: coefficients, of: .int16, codec: codec)
      text = try StudentText(coefficients: coefficients, codec: codec)
    } catch {
      throw .badInput("the refresh of \(model.manifest.model) does not fit the policy's messages: \(error)")
    }
    guard update.count == 1 else {
      throw .badInput(
        "a part in the refresh of \(model.manifest.model) has \(update.values) numbers, a message of \(codec.bytes) bytes takes "
          + "\(update.valuesPerPart): raise message.bytes")
    }
    let fewest = RefreshCalendar.fewestSteps(asking: text.parts.count)
    guard refresh.parameters.steps >= fewest else {
      throw .badInput(
        "the policy's refresh.every is \(refresh.parameters.steps): the newest student of \(model.manifest.model) takes "
          + "\(text.parts.count) messages of \(codec.bytes) bytes, and is asked for twice in a round; use \(fewest) steps or more, or "
          + "raise message.bytes")
    }
  }
}
