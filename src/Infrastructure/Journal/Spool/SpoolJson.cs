using System.Text.Json.Serialization;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>How the documents of records are written. Names are in files: renaming a member needs a new record version.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(AcceptedCall))]
[JsonSerializable(typeof(CallProgress))]
[JsonSerializable(typeof(CompletedCall))]
[JsonSerializable(typeof(SpoolPosition))]
internal sealed partial class SpoolJson : JsonSerializerContext;
