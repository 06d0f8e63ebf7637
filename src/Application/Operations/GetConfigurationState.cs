using CleanGateway.Application.Common;

namespace CleanGateway.Application.Operations;

/// <summary>Which configuration there is, and which this gateway answers calls by.</summary>
public sealed record GetConfigurationState : IQuery<ConfigurationState>;

/// <param name="Version">The newest in the database.</param>
/// <param name="InUse">The one that calls are answered by.</param>
/// <param name="Problems">Why these are not the same, or which rows were left out; empty when all is well.</param>
public sealed record ConfigurationState(long Version, long InUse, IReadOnlyList<string> Problems);
