using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Replicas that start together on a database nobody has touched.</summary>
public class ProcessTestsSeveral(GatewayFixture gateway) : ProcessTest
{
    private const int Replicas = 8;

    [Fact]
    public async Task Eight_gateways_that_start_at_once_on_an_empty_database_migrate_it_once_and_all_answer()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        var replicas = Enumerable.Range(0, Replicas).Select(number => Start(database.Url, DataFolder($"replica{number}"), ("DB_MAX_OPEN_CONNS", "5"))).ToList();
        var urls = await Task.WhenAll(replicas.Select(replica => replica.ListeningAsync()));

        replicas.SelectMany(replica => replica.Output).Where(line => line.Contains("Applying", StringComparison.Ordinal)).Should().ContainSingle();
        replicas.SelectMany(replica => replica.Output).Should()
            .NotContain(line => line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal)
                || (line.Contains("\"Level\":\"Warning\"", StringComparison.Ordinal) && !line.Contains("not all of them have a Redis", StringComparison.Ordinal)));
        replicas.SelectMany(replica => replica.Errors).Should().BeEmpty();
        (await database.ScalarAsync<long>("""SELECT count(*) - count(DISTINCT "MigrationId") FROM "__EFMigrationsHistory" """)).Should().Be(0);
        (await database.ScalarAsync<long>("SELECT count(*) FROM admin_tokens")).Should().Be(1);
        (await database.ScalarAsync<long>("SELECT count(*) FROM api_keys")).Should().Be(1);
        var keyFile = Directory.GetFiles(Folder, "demo.key", SearchOption.AllDirectories).Should().ContainSingle().Which;
        var key = (await File.ReadAllTextAsync(keyFile, Stop)).Trim();

        var answers = await Task.WhenAll(urls.Select(url => ChatAsync(url, key)));

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        await database.LoggedAsync([.. answers.Select(RequestId)]);
        (await database.RowsAsync("SELECT q.request_id FROM requests q JOIN responses r ON r.request_id_fk = q.id")).Select(row => (string)row[0]!)
            .Should().BeEquivalentTo(answers.Select(RequestId)).And.OnlyHaveUniqueItems().And.HaveCount(Replicas);
        await Task.WhenAll(replicas.Select(replica => replica.StopAsync()));
    }
}
