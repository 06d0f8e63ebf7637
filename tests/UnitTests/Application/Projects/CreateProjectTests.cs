using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Projects;

public class CreateProjectTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly UsageLimits Limits = new() { RateLimit = 100, DailyBudget = 12.5m };

    private readonly IProjectRepository projects = Substitute.For<IProjectRepository>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly List<Project> added = [];

    public CreateProjectTests() => projects.Add(Arg.Do<Project>(added.Add));

    [Fact]
    public async Task A_project_is_made_now_enabled_and_with_the_limits_it_was_given()
    {
        var created = await HandleAsync(new CreateProject("team", Limits));

        added.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Name = "team", Enabled = true, Limits, CreatedAt = Now });
        created.Should().BeEquivalentTo(new { Id = added[0].Id.Value, Name = "team", Enabled = true, Keys = 0L, Limits, CreatedAt = Now, Etag = "\"0\"" });
        Received.InOrder(() =>
        {
            projects.Add(added[0]);
            unitOfWork.SaveChangesAsync(Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task Without_limits_it_has_none()
    {
        await HandleAsync(new CreateProject("team"));

        added.Should().ContainSingle().Which.Limits.IsNone.Should().BeTrue();
    }

    [Fact]
    public async Task Two_of_one_name_are_not_made()
    {
        projects.FindAsync("team", Arg.Any<CancellationToken>()).Returns(Project.Create("team", UsageLimits.None, Now));

        var create = () => HandleAsync(new CreateProject("team"));

        (await create.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Be(
            new GatewayError(GatewayErrorKind.Conflict, "project_exists", "There is a project 'team' already.", "name"));
        added.Should().BeEmpty();
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    public static TheoryData<CreateProject, string> WrongCommands => new()
    {
        { new CreateProject(""), "name" },
        { new CreateProject(new string('n', 201)), "name" },
        { new CreateProject("team", new UsageLimits { MaxConcurrent = -1 }), "limits.max_concurrent" },
        { new CreateProject("", new UsageLimits { RateLimit = -1, SoftBudget = -1 }), "name limits.rate_limit limits.soft_budget" },
    };

    [Theory]
    [MemberData(nameof(WrongCommands), DisableDiscoveryEnumeration = true)]
    public async Task What_is_wrong_with_a_command_is_named(CreateProject command, string parameters)
    {
        var validate = () => new ValidationBehaviour<CreateProject, ProjectItem>([new CreateProjectValidator()], new Operation())
            .Handle(command, CancellationToken.None, () => HandleAsync(command));

        var error = (await validate.Should().ThrowAsync<GatewayException>()).Which.Error;
        error.Others.Select(other => other.Param).Prepend(error.Param).Should().Equal(parameters.Split(' '));
        added.Should().BeEmpty();
    }

    private Task<ProjectItem> HandleAsync(CreateProject command) =>
        new CreateProjectHandler(projects, unitOfWork, new ManualClock(Now)).Handle(command, CancellationToken.None);
}
