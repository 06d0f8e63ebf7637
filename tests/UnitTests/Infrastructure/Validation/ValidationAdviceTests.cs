using System.Net.Sockets;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Validation;
using Npgsql;

namespace CleanGateway.UnitTests.Infrastructure.Validation;

public class ValidationAdviceTests
{
    private static readonly RequestId Id = RequestId.New(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void There_is_a_cause_and_a_command_for_everything_and_a_secret_in_none()
    {
        var advice = new ValidationAdvice(Target("postgres://us%27er:pass-word@db:6000/gw?sslmode=require&sslpassword=of-the-key"));
        string[] states = ["28P01", "28000", "3D000", "42501", "42P01", "53300", "XX000"];
        List<Advice> all =
        [
            advice.NoGateway(new SocketException((int)SocketError.ConnectionRefused)),
                advice.NoGateway(new SocketException((int)SocketError.HostNotFound)),
            advice.NoGateway(new System.Security.Authentication.AuthenticationException()), advice.OtherService(), advice.NotReady(), ValidationAdvice.Unwell(),
            ValidationAdvice.NoPrivateDatabase(), advice.OldServer(), ValidationAdvice.OtherSchema(["migration x has not been applied"]),
                ValidationAdvice.OtherSchema(["table x is missing"]),
            .. states.Select(state => advice.NoDatabase(new PostgresException("", "ERROR", "ERROR", state))),
                advice.NoDatabase(new TimeoutException()),
            .. new[] { 0, 302, 400, 401, 402, 403, 404, 429, 500, 503 }.Select(status => advice.Refused(status, code: null)),
            advice.OddAnswer(), advice.MissingRows(Id), advice.OtherRow(Id), advice.LateRows(),
                ValidationAdvice.SlowLog(), advice.HiddenHeaders(), advice.FewReused(), advice.NoForeignKey(),
            advice.Orphans(), ValidationAdvice.BigLog(0),
        ];

        all.Should().OnlyContain(one => one.Causes.Count > 0 && one.Next.Count > 0 && one.Next.All(command => command.Length > 0));
        var text = string.Join('\n', all.SelectMany(one => one.Causes.Concat(one.Next)));
        text.Should().NotContainAny("pass-word", "of-the-key", "sk-key", "admin-token");
        text.Should().Contain("$(cat /etc/gateway.key)").And.Contain("https://gw.example.com/llm/v1/chat/completions")
            .And.Contain("psql 'postgres://us%27er@db:6000/gw?sslmode=require' -c")
                .And.Contain($"request_id = '{Id}'").And.Contain("pg_isready -h db -p 6000");
    }

    [Fact]
    public void What_stands_in_a_command_is_quoted_for_the_shell() =>
        new ValidationAdvice(Target("postgres://u@db/d", model: "it's \"a\" model")).OddAnswer().Next.Single()
            .Should().Contain("""-d '{"model":"it\u0027s \u0022a\u0022 model",""");

    [Theory]
    [InlineData("postgres://u:p@[::1]:6000/d?sslmode=disable", "postgres://u@[::1]:6000/d?sslmode=disable")]
    [InlineData("postgresql://u%40x:p@db/my%20db", "postgres://u%40x@db:5432/my%20db")]
    public void An_address_without_its_password_is_one_that_can_be_used(string given, string expected)
    {
        DatabaseUrl.TryParse(given, out var url).Should().BeTrue();

        url!.WithoutPassword().Should().Be(expected);
        DatabaseUrl.TryParse(expected, out _).Should().BeTrue();
    }

    private static ValidationTarget Target(string database, string model = "echo")
    {
        DatabaseUrl.TryParse(database, out var url).Should().BeTrue();
        return new ValidationTarget
        {
            BaseUrl = new Uri("https://gw.example.com/llm/"), Database = url, ApiKey = "sk-key", ApiKeyInShell = "$(cat /etc/gateway.key)",
                AdminToken = "admin-token",
            Model = model,
        };
    }
}
