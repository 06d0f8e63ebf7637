using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;

namespace CleanGateway.Application.Models;

/// <summary>One model, if there is one of that name and the caller's key may use it; else <c>model_not_found</c>.</summary>
public sealed record GetModel(string Id, ClientCall Call) : IQuery<ModelItem>, IRecordedCall;
