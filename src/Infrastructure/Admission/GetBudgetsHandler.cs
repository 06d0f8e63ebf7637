using CleanGateway.Application.Admission;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Projects;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Admission;

internal sealed class GetBudgetsHandler(GatewayDatabase database, BudgetBook book, MeterBooks books, EpochGate gate, TimeProvider clock)
    : IRequestHandler<GetBudgets, ScopeBudgets>
{
    public async Task<ScopeBudgets> Handle(GetBudgets query, CancellationToken cancellationToken)
    {
        var (scope, name, limits) = await FindAsync(query.Id, cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("key_or_project", query.Id.ToString()));

        var lines = MeterScopes.BudgetsOf(query.Id, limits, clock.GetUtcNow());
        var ledger = await book.ReadAsync([.. lines.Select(line => line.Key)], cancellationToken);
        var state = gate.Open;
        var (counted, exact) = await CountAsync(state, lines, ledger);
        return new ScopeBudgets(
            query.Id, scope, name, (state?.Book ?? Book.Database).ToSnakeCase(), exact,
            [.. lines.Select(line => Standing(line, counted[line.Key], limits.SoftBudget))]);
    }

    // A counter that has not begun will begin from the ledger, so that is what it will say.
    private async Task<(IReadOnlyDictionary<BudgetKey, BudgetState> States, bool Exact)> CountAsync(
        BookState? state, IReadOnlyList<BudgetLine> lines, IReadOnlyDictionary<BudgetKey, BudgetState> ledger)
    {
        if (state is null || books.CounterFor(state.Book) is not { } counter)
            return (ledger, state is not null);

        try
        {
            var states = new Dictionary<BudgetKey, BudgetState>();
            foreach (var line in lines)
                states[line.Key] = await counter.ReadAsync(state.Epoch, line.Key) ?? ledger[line.Key];

            return (states, true);
        }
        catch (MeterUnavailableException)
        {
            return (ledger, false);
        }
    }

    private static BudgetStanding Standing(BudgetLine line, BudgetState state, decimal? soft)
    {
        var kind = BudgetPeriods.KindOf(line.Key.Period);
        var remaining = line.Limit is { } limit ? Math.Max(0, limit.NanoDollars - state.Spent.NanoDollars - state.Reserved.NanoDollars) : (long?)null;
        return new BudgetStanding(
            kind, line.Key.Period, line.Limit?.Dollars, state.Spent.Dollars, state.Reserved.Dollars, remaining is { } left ? new Money(left).Dollars : null,
            kind == "monthly" ? soft : null);
    }

    private async Task<(string Scope, string Name, UsageLimits Limits)?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT 'key', name, {UsageLimitsMapping.Columns} FROM api_keys WHERE id = $1
            UNION ALL
            SELECT 'project', name, {UsageLimitsMapping.Columns} FROM projects WHERE id = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetString(0), row.GetString(1), UsageLimitsMapping.Read(row, 2)) : null;
    }
}
