using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Application.FirstStart;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.FirstStart;

public class PrepareFirstStartTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IAdminTokenRepository tokens = Substitute.For<IAdminTokenRepository>();
    private readonly IApiKeyRepository keys = Substitute.For<IApiKeyRepository>();
    private readonly ISecretFiles files = Substitute.For<ISecretFiles>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly List<AdminToken> addedTokens = [];
    private readonly List<ApiKey> addedKeys = [];
    private readonly Dictionary<string, string> onDisk = [];

    public PrepareFirstStartTests()
    {
        tokens.Add(Arg.Do<AdminToken>(addedTokens.Add));
        keys.Add(Arg.Do<ApiKey>(addedKeys.Add));
        files.ReadOrCreateAsync("", () => "", CancellationToken.None).ReturnsForAnyArgs(asked =>
        {
            var name = asked.Arg<string>();
            if (!onDisk.TryGetValue(name, out var secret))
                onDisk[name] = secret = asked.Arg<Func<string>>()();

            return new SecretFile($"data/{name}", secret);
        });
    }

    [Fact]
    public async Task An_empty_installation_gets_an_admin_token_and_a_key_for_the_echo_model()
    {
        var made = await HandleAsync(hasToken: false, hasKey: false);

        made.AdminToken!.Path.Should().Be("data/admin.token");
        made.DemoKey!.Path.Should().Be("data/demo.key");
        Secret.IsWellFormed(made.AdminToken.Secret, Secret.AdminTokenPrefix).Should().BeTrue();
        Secret.IsWellFormed(made.DemoKey.Secret, Secret.ApiKeyPrefix).Should().BeTrue();
        addedTokens.Should().ContainSingle().Which.Should().Match<AdminToken>(token =>
            token.TokenHash == Secret.Hash(made.AdminToken.Secret) && token.Role == AdminRole.Owner && token.Enabled && token.CreatedAt == Now
                && token.ExpiresAt == null);
        addedKeys.Should().ContainSingle().Which.KeyHash.Should().Be(Secret.Hash(made.DemoKey.Secret));
    }

    [Fact]
    public async Task The_demo_key_may_use_the_echo_model_and_no_other()
    {
        await HandleAsync(hasToken: false, hasKey: false);

        var key = addedKeys.Should().ContainSingle().Subject;
        key.Allows("echo").Should().BeTrue();
        key.Allows("gpt-4").Should().BeFalse();
        key.IsUsable(Now.AddYears(10)).Should().BeTrue();
    }

    [Fact]
    public async Task Both_are_saved_together()
    {
        await HandleAsync(hasToken: false, hasKey: false);

        unitOfWork.ReceivedCalls().Should().ContainSingle();
    }

    [Fact]
    public async Task A_secret_is_in_its_file_before_its_hash_is_saved()
    {
        await HandleAsync(hasToken: false, hasKey: false);

        Received.InOrder(() =>
        {
            files.ReadOrCreateAsync("admin.token", Arg.Any<Func<string>>(), Arg.Any<CancellationToken>());
            files.ReadOrCreateAsync("demo.key", Arg.Any<Func<string>>(), Arg.Any<CancellationToken>());
            unitOfWork.SaveChangesAsync(Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task A_file_that_is_there_without_its_row_is_used()
    {
        onDisk["admin.token"] = "gwa_from-an-earlier-start";
        onDisk["demo.key"] = "gw_from-an-earlier-start";

        var made = await HandleAsync(hasToken: false, hasKey: false);

        made.Should().Be(new FirstSecrets(new("data/admin.token", "gwa_from-an-earlier-start"), new("data/demo.key", "gw_from-an-earlier-start")));
        addedTokens.Single().TokenHash.Should().Be(Secret.Hash("gwa_from-an-earlier-start"));
        addedKeys.Single().KeyHash.Should().Be(Secret.Hash("gw_from-an-earlier-start"));
    }

    [Fact]
    public async Task An_installation_that_has_both_is_left_alone()
    {
        var made = await HandleAsync(hasToken: true, hasKey: true);

        made.Should().Be(new FirstSecrets(null, null));
        files.ReceivedCalls().Should().BeEmpty();
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task Keys_that_were_there_first_get_no_demo_key_beside_them()
    {
        var made = await HandleAsync(hasToken: false, hasKey: true);

        made.DemoKey.Should().BeNull();
        addedKeys.Should().BeEmpty();
        onDisk.Should().NotContainKey("demo.key");
    }

    [Fact]
    public async Task A_demo_key_that_an_operator_deleted_stays_deleted()
    {
        onDisk["demo.key"] = "gw_from-the-first-start";

        var made = await HandleAsync(hasToken: true, hasKey: false);

        made.DemoKey.Should().BeNull();
        addedKeys.Should().BeEmpty("the admin token shows that this is not the first start");
    }

    [Fact]
    public async Task Nothing_is_saved_when_a_file_cannot_be_written()
    {
        files.ReadOrCreateAsync("", () => "", CancellationToken.None).ReturnsForAnyArgs<SecretFile>(_ => throw new IOException("disk full"));

        var handle = () => HandleAsync(hasToken: false, hasKey: false);

        await handle.Should().ThrowAsync<IOException>();
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    private Task<FirstSecrets> HandleAsync(bool hasToken, bool hasKey)
    {
        tokens.WasEverAnyAsync(CancellationToken.None).ReturnsForAnyArgs(hasToken);
        keys.AnyAsync(CancellationToken.None).ReturnsForAnyArgs(hasKey);
        return new PrepareFirstStartHandler(tokens, keys, files, unitOfWork, new Operation(), new ManualClock(Now))
            .Handle(new PrepareFirstStart(), CancellationToken.None);
    }
}
