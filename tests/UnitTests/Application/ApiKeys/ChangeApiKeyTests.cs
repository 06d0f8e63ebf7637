using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using MediatR;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.ApiKeys;

/// <summary>Changing, rotating and deleting keys.</summary>
public class ChangeApiKeyTests
{
    private const string OldSecret = "test-key-of-old-12345";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IApiKeyRepository keys = Substitute.For<IApiKeyRepository>();
    private readonly IProjectRepository projects = Substitute.For<IProjectRepository>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly Project project = Project.Create("team", UsageLimits.None, Now);
    private readonly ApiKey key;

    public ChangeApiKeyTests()
    {
        key = ApiKey.Issue("ci", OldSecret, Now, new KeyLimits
        {
            Limits = new UsageLimits { RateLimit = 1, DailyBudget = 2 }, ProjectId = project.Id, AllowedModels = ["echo"], ExpiresAt = Now.AddDays(1),
            LogContent = ContentPolicy.None, DropParams = true,
        });
        keys.FindAsync(key.Id, Arg.Any<CancellationToken>()).Returns(key);
        projects.FindAsync(project.Id, Arg.Any<CancellationToken>()).Returns(project);
    }

    [Fact]
    public async Task What_is_not_named_stays()
    {
        var terms = key.Terms;

        var item = await ChangeAsync(new ChangeApiKey { Name = "other" });

        (key.Name, key.Enabled).Should().Be(("other", true));
        key.Terms.Should().BeEquivalentTo(terms);
        item.Should().Match<ApiKeyItem>(told => told.Name == "other" && told.Project == "team" && told.ProjectId == project.Id.Value && told.DropParams);
        await unitOfWork.Received(1).SaveChangesAsync(Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Everything_can_be_taken_away()
    {
        await ChangeAsync(new ChangeApiKey
        {
            Enabled = false,
            Limits = new LimitChanges { RateLimit = new Change<int?>(null), DailyBudget = new Change<decimal?>(null) },
            Project = new Change<string?>(null),
            AllowedModels = new Change<IReadOnlyList<string>?>(null),
            ExpiresAt = new Change<DateTimeOffset?>(null),
            LogContent = new Change<ContentPolicy?>(null),
            DropParams = false,
        });

        key.Terms.Should().BeEquivalentTo(KeyLimits.None);
        (key.Name, key.Enabled, key.KeyHash).Should().Be(("ci", false, Secret.Hash(OldSecret)));
    }

    [Fact]
    public async Task An_end_that_has_been_is_allowed_and_kept_as_PostgreSQL_can()
    {
        var given = new DateTimeOffset(2025, 6, 1, 2, 0, 0, TimeSpan.FromHours(2)).AddTicks(7);

        await ChangeAsync(new ChangeApiKey { ExpiresAt = new Change<DateTimeOffset?>(given) });

        key.ExpiresAt.Should().Be(new DateTimeOffset(2025, 6, 1, 0, 0, 0, TimeSpan.Zero));
        key.ExpiresAt!.Value.Offset.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named_and_nothing_is_changed()
    {
        var change = () => ChangeAsync(new ChangeApiKey { Name = "other", Project = "nowhere" });

        (await change.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Match<GatewayError>(error =>
            error.Code == "unknown_project" && error.Param == "project" && error.Message.Contains("'nowhere'"));
        key.Name.Should().Be("ci");
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86400)]
    public async Task A_rotation_hands_out_another_secret_and_keeps_its_hash(int seconds)
    {
        var rotated = await RotateAsync(new RotateApiKey { Id = key.Id.Value, GracePeriodSeconds = seconds });

        Secret.IsWellFormed(rotated.Secret, Secret.ApiKeyPrefix).Should().BeTrue();
        key.KeyHash.Should().Be(Secret.Hash(rotated.Secret));
        key.IsOpenedBy(Secret.Hash(OldSecret), Now).Should().Be(seconds > 0);
        rotated.Should().Match<IssuedApiKey>(told => told.Id == key.Id.Value && told.Project == "team"
            && told.PreviousKeyExpiresAt == (seconds > 0 ? Now.AddSeconds(seconds) : null) && told.KeyHint == told.Secret.Substring(told.Secret.Length - 4));
        rotated.ToString().Should().NotContain(rotated.Secret);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2_592_001)]
    [InlineData(int.MaxValue)]
    public async Task A_grace_period_has_an_end(int seconds)
    {
        var command = new RotateApiKey { Id = key.Id.Value, GracePeriodSeconds = seconds };
        var rotate = () => new ValidationBehaviour<RotateApiKey, IssuedApiKey>([new RotateApiKeyValidator()], new Operation())
            .Handle(command, CancellationToken.None, () => RotateAsync(command));

        (await rotate.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be("grace_period_seconds");
        key.KeyHash.Should().Be(Secret.Hash(OldSecret));
    }

    [Fact]
    public async Task What_was_changed_meanwhile_is_left_alone()
    {
        var stale = Precondition.Of(["\"7\""]);
        Func<Task>[] all =
        [
            () => ChangeAsync(new ChangeApiKey { Name = "other", IfMatch = stale }),
            () => RotateAsync(new RotateApiKey { Id = key.Id.Value, IfMatch = stale }),
            () => DeleteAsync(key.Id.Value, stale),
        ];

        foreach (var one in all)
            (await one.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("precondition_failed");
        (key.Name, key.KeyHash).Should().Be(("ci", Secret.Hash(OldSecret)));
        keys.DidNotReceive().Remove(key);
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_is_taken_away_and_one_that_is_not_there_is_not_found()
    {
        await DeleteAsync(key.Id.Value, Precondition.Any);
        var again = () => DeleteAsync(Guid.Empty, Precondition.Any);

        Received.InOrder(() =>
        {
            keys.Remove(key);
            unitOfWork.SaveChangesAsync(Arg.Any<CancellationToken>());
        });
        (await again.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("key_not_found");
    }

    private Task<ApiKeyItem> ChangeAsync(ChangeApiKey command) =>
        new ChangeApiKeyHandler(keys, projects, unitOfWork).Handle(command with { Id = key.Id.Value }, CancellationToken.None);

    private Task<IssuedApiKey> RotateAsync(RotateApiKey command) =>
        new RotateApiKeyHandler(keys, projects, unitOfWork, new ManualClock(Now)).Handle(command, CancellationToken.None);

    private Task<Unit> DeleteAsync(Guid id, Precondition ifMatch) =>
        new DeleteApiKeyHandler(keys, unitOfWork).Handle(new DeleteApiKey(id, ifMatch), CancellationToken.None);
}
