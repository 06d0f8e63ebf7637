using CleanGateway.Application.Common;

namespace CleanGateway.Application.Operations;

/// <summary>The gateways on this database, and where they count budgets.</summary>
public sealed record ListGateways : IQuery<GatewayList>;

/// <param name="Epoch">One more each time that counters of budgets begin anew.</param>
/// <param name="CountedIn">Where they are: <c>local</c>, <c>redis</c> or <c>database</c>.</param>
/// <param name="Data">Those that were heard of in the last month and have not stopped well, the last heard of first.</param>
public sealed record GatewayList(long Epoch, string CountedIn, IReadOnlyList<GatewayItem> Data);

/// <param name="SeenAt">When it last showed that it lives, by the database's clock.</param>
/// <param name="Alive">That was in the last five seconds.</param>
/// <param name="Epoch">The epoch that it counts budgets in; 0: none yet.</param>
/// <param name="Redis">Whether its Redis answers; null when it has none.</param>
/// <param name="Answering">It is the one that has answered this.</param>
public sealed record GatewayItem(Guid Id, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool Alive, long Epoch, bool? Redis, bool Answering);
