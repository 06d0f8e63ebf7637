using CleanGateway.Application.Operations;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Operations;

internal sealed class ListGatewaysHandler(GatewayDatabase database, GatewayInstance instance) : IRequestHandler<ListGateways, GatewayList>
{
    public async Task<GatewayList> Handle(ListGateways query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT epoch, book FROM metering"));
        var instances = new NpgsqlBatchCommand(
            "SELECT id, started_at, seen_at, seen_at > now() - $1, epoch, redis FROM gateway_instances ORDER BY seen_at DESC, id");
        instances.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = GatewayRegistry.DeadAfter });
        batch.BatchCommands.Add(instances);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var (epoch, book) = (row.GetInt64(0), row.GetString(1));
        await row.NextResultAsync(cancellationToken);
        var gateways = new List<GatewayItem>();
        while (await row.ReadAsync(cancellationToken))
        {
            gateways.Add(new GatewayItem(
                row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetBoolean(3), row.GetInt64(4),
                row.IsDBNull(5) ? null : row.GetBoolean(5), row.GetGuid(0) == instance.Id));
        }

        return new GatewayList(epoch, book, gateways);
    }
}
