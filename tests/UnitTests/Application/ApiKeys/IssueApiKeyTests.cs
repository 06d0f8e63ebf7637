using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.ApiKeys;

public class IssueApiKeyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IApiKeyRepository keys = Substitute.For<IApiKeyRepository>();
    private readonly IProjectRepository projects = Substitute.For<IProjectRepository>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly List<ApiKey> added = [];

    public IssueApiKeyTests() => keys.Add(Arg.Do<ApiKey>(added.Add));

    [Fact]
    public async Task A_secret_is_handed_out_and_only_its_hash_is_kept()
    {
        var issued = await HandleAsync(new IssueApiKey("ci"));

        Secret.IsWellFormed(issued.Secret, Secret.ApiKeyPrefix).Should().BeTrue();
        var key = added.Should().ContainSingle().Subject;
        key.KeyHash.Should().Be(Secret.Hash(issued.Secret));
        issued.Should().Match<IssuedApiKey>(told => told.Id == key.Id.Value && told.Name == "ci" && told.ExpiresAt == null);
    }

    [Fact]
    public async Task A_key_is_made_now_usable_and_with_the_limits_it_was_given()
    {
        await HandleAsync(new IssueApiKey("ci", new UsageLimits { RateLimit = 100, MonthlyBudget = 12.5m }, ["gpt-4"], Now.AddDays(1)));

        added.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new
            {
                Name = "ci",
                Limits = new { RateLimit = 100, MonthlyBudget = 12.5m },
                AllowedModels = new[] { "gpt-4" },
                ExpiresAt = Now.AddDays(1),
                CreatedAt = Now,
            });
        added[0].IsUsable(Now).Should().BeTrue();
    }

    [Fact]
    public async Task A_key_is_added_before_it_is_saved()
    {
        await HandleAsync(new IssueApiKey("ci"));

        Received.InOrder(() =>
        {
            keys.Add(Arg.Any<ApiKey>());
            unitOfWork.SaveChangesAsync(Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task Two_keys_of_one_name_have_two_secrets()
    {
        var (first, second) = (await HandleAsync(new IssueApiKey("ci")), await HandleAsync(new IssueApiKey("ci")));

        second.Secret.Should().NotBe(first.Secret);
        second.Id.Should().NotBe(first.Id);
    }

    [Fact]
    public async Task A_key_that_would_be_expired_is_not_made()
    {
        var issue = () => HandleAsync(new IssueApiKey("ci", ExpiresAt: Now));

        (await issue.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be("expires_at");
        added.Should().BeEmpty();
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_belongs_to_the_project_that_is_named()
    {
        var project = Project.Create("team", UsageLimits.None, Now);
        projects.FindAsync("team", Arg.Any<CancellationToken>()).Returns(project);

        await HandleAsync(new IssueApiKey("ci", Project: "team"));
        await HandleAsync(new IssueApiKey("free"));

        added.Select(key => key.ProjectId).Should().Equal(project.Id, null);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named_and_no_key_is_made()
    {
        var issue = () => HandleAsync(new IssueApiKey("ci", Project: "team"));

        (await issue.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Match<GatewayError>(error =>
            error.Code == "unknown_project" && error.Param == "project" && error.Message.Contains("'team'"));
        added.Should().BeEmpty();
    }

    public static TheoryData<IssueApiKey, string> WrongCommands => new()
    {
        { new IssueApiKey(""), "name" },
        { new IssueApiKey("  "), "name" },
        { new IssueApiKey(new string('n', 201)), "name" },
        { new IssueApiKey("ci", new UsageLimits { RateLimit = -1 }), "limits.rate_limit" },
        { new IssueApiKey("ci", new UsageLimits { MonthlyBudget = -0.01m }), "limits.monthly_budget" },
        { new IssueApiKey("ci", new UsageLimits { MonthlyBudget = 1_000_000_000.01m }), "limits.monthly_budget" },
        { new IssueApiKey("ci", AllowedModels: ["gpt-4", ""]), "allowed_models[1]" },
    };

    [Theory]
    [MemberData(nameof(WrongCommands), DisableDiscoveryEnumeration = true)]
    public async Task What_is_wrong_with_a_command_is_named(IssueApiKey command, string param)
    {
        var validate = () => ValidateAsync(command);

        (await validate.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be(param);
    }

    public static TheoryData<IssueApiKey> RightCommands =>
    [
        new IssueApiKey("n"),
        new IssueApiKey(new string('n', 200)),
        new IssueApiKey("ci", new UsageLimits { RateLimit = 0 }),
        new IssueApiKey("ci", new UsageLimits { MonthlyBudget = 0m }),
        new IssueApiKey("ci", new UsageLimits { MonthlyBudget = 1_000_000_000m }),
        new IssueApiKey("ci", AllowedModels: []),
    ];

    [Theory]
    [MemberData(nameof(RightCommands), DisableDiscoveryEnumeration = true)]
    public async Task What_is_merely_unusual_is_allowed(IssueApiKey command)
    {
        var validate = () => ValidateAsync(command);

        await validate.Should().NotThrowAsync();
    }

    private Task<IssuedApiKey> HandleAsync(IssueApiKey command) =>
        new IssueApiKeyHandler(keys, projects, unitOfWork, new ManualClock(Now)).Handle(command, CancellationToken.None);

    private static Task<IssuedApiKey> ValidateAsync(IssueApiKey command) =>
        new ValidationBehaviour<IssueApiKey, IssuedApiKey>([new IssueApiKeyValidator()], new Operation())
            .Handle(command, CancellationToken.None, () => Task.FromResult(new IssuedApiKey()));
}
